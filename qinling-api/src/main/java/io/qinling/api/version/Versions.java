// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.version;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.qinling.api.engine.Engine;
import io.qinling.api.function.CodeSource;
import io.qinling.api.function.FunctionRecord;
import io.qinling.api.function.Functions;
import io.qinling.api.function.Packages;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What can be done with versions of functions. Number 0 stands for the latest code. */
public final class Versions {
  /** A change that another api process made is seen after this time. */
  private static final Duration CACHED = Duration.ofSeconds(1);

  private static final long CACHED_VERSIONS = 10_000;

  private final VersionStore store;
  private final Functions functions;
  private final Packages packages;
  private final Engine engine;
  private final Policy policy;
  private final Clock clock;
  private final Cache<Key, VersionRecord> cache =
      Caffeine.newBuilder().expireAfterWrite(CACHED).maximumSize(CACHED_VERSIONS).build();

  private record Key(String functionId, int number) {}

  public Versions(
      VersionStore store,
      Functions functions,
      Packages packages,
      Engine engine,
      Policy policy,
      Clock clock) {
    this.store = store;
    this.functions = functions;
    this.packages = packages;
    this.engine = engine;
    this.policy = policy;
    this.clock = clock;
  }

  List<VersionRecord> list(Caller caller, String functionId) {
    var function = functions.get(caller, functionId);
    policy.enforce(caller, PolicyRule.FUNCTION_VERSION_GET_ALL, function.projectId());
    return store.list(functionId);
  }

  VersionRecord get(Caller caller, String functionId, int number) {
    var version = visible(caller, functionId, number);
    policy.enforce(caller, PolicyRule.FUNCTION_VERSION_GET, version.projectId());
    return version;
  }

  private VersionRecord visible(Caller caller, String functionId, int number) {
    return store
        .find(functionId, number)
        .filter(version -> caller.sees(version.projectId()))
        .orElseThrow(() -> notFound(functionId, number));
  }

  /**
   * A version, as it was a second ago at most. For the path of calls.
   *
   * @param function its function, which the caller may see
   * @throws QinlingException NOT_FOUND without such a version
   */
  public VersionRecord getCached(FunctionRecord function, int number) {
    var found =
        cache.get(
            new Key(function.id(), number),
            key -> store.find(key.functionId(), key.number()).orElse(null));
    if (found == null) {
      throw notFound(function.id(), number);
    }
    return found;
  }

  static QinlingException notFound(String functionId, int number) {
    return new QinlingException(
        ErrorCode.NOT_FOUND,
        "FunctionVersion not found [function_id="
            + functionId
            + ", version_number="
            + number
            + "]");
  }

  VersionRecord create(Caller caller, String functionId, Optional<String> description) {
    policy.enforce(caller, PolicyRule.FUNCTION_VERSION_CREATE);
    var function = functions.get(caller.withinProject(), functionId);
    if (function.source() != CodeSource.PACKAGE) {
      throw new QinlingException(
          ErrorCode.NOT_ALLOWED, "Function versioning only allowed for package type function.");
    }
    return store
        .publish(functionId, description.orElse(null), clock.instant())
        .orElseThrow(() -> Functions.notFound(functionId));
  }

  /** Sets the description, if there is one. */
  VersionRecord update(Caller caller, String functionId, int number, Optional<String> description) {
    var version = visible(caller, functionId, number);
    policy.enforce(caller, PolicyRule.FUNCTION_VERSION_UPDATE, version.projectId());
    if (description.isPresent()) {
      store.describe(version.id(), description.get(), clock.instant());
    }
    return visible(caller, functionId, number);
  }

  void delete(Caller caller, String functionId, int number) {
    policy.enforce(caller, PolicyRule.FUNCTION_VERSION_DELETE);
    var version = visible(caller.withinProject(), functionId, number);
    if (!store.delete(version)) {
      throw notFound(functionId, number);
    }
    cache.invalidate(new Key(functionId, number));
    functions.release(functionId, number);
    packages.discard(version.packageDigest());
  }

  InputStream download(Caller caller, VersionRecord version) {
    var function = functions.get(caller, version.functionId());
    return functions.download(function, version.packageDigest());
  }

  void scaleUp(Caller caller, String functionId, int number, int count) {
    var function = functions.allowed(caller, PolicyRule.FUNCTION_VERSION_SCALE_UP, functionId);
    var digest =
        number == 0 ? function.packageDigest() : getCached(function, number).packageDigest();
    functions.scaleUp(function, number, digest, count);
  }

  void scaleDown(Caller caller, String functionId, int number, int count) {
    requireVersion(
        functions.allowed(caller, PolicyRule.FUNCTION_VERSION_SCALE_DOWN, functionId), number);
    engine.scaleDown(functionId, number, count);
  }

  void detach(Caller caller, String functionId, int number) {
    requireVersion(
        functions.allowed(caller, PolicyRule.FUNCTION_VERSION_DETACH, functionId), number);
    engine.release(functionId, number);
  }

  private void requireVersion(FunctionRecord function, int number) {
    if (number != 0) {
      getCached(function, number);
    }
  }
}
