// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.qinling.api.database.Condition;
import io.qinling.api.engine.Backoff;
import io.qinling.api.engine.Engine;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.Trusts;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.api.runtime.Runtimes;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The functions there are, and what can be done with them. */
public final class Functions {
  private static final Logger LOG = Logger.getLogger(Functions.class);

  /**
   * A change that another api process made is seen after this time; one of our own is seen at once.
   */
  private static final Duration CACHED = Duration.ofSeconds(1);

  private static final Duration KEPT_AFTER_UPDATE = Duration.ofSeconds(5);
  private static final long CACHED_FUNCTIONS = 10_000;

  private final FunctionStore store;
  private final Runtimes runtimes;
  private final Packages packages;
  private final Engine engine;
  private final Trusts trusts;
  private final Policy policy;
  private final ExecutorService background;
  private final Cache<String, FunctionRecord> cache =
      Caffeine.newBuilder().expireAfterWrite(CACHED).maximumSize(CACHED_FUNCTIONS).build();

  public Functions(
      FunctionStore store,
      Runtimes runtimes,
      Packages packages,
      Engine engine,
      Trusts trusts,
      Policy policy,
      ExecutorService background) {
    this.store = store;
    this.runtimes = runtimes;
    this.packages = packages;
    this.engine = engine;
    this.trusts = trusts;
    this.policy = policy;
    this.background = background;
  }

  void forEach(Condition condition, Consumer<FunctionRecord> sink) {
    store.forEach(condition, sink);
  }

  /**
   * @throws QinlingException NOT_FOUND when it does not exist for the caller
   */
  public FunctionRecord get(Caller caller, String id) {
    return store
        .find(id)
        .filter(function -> caller.sees(function.projectId()))
        .orElseThrow(() -> notFound(id));
  }

  /** As {@link #get}, for callers who may read it. */
  FunctionRecord read(Caller caller, String id) {
    var function = get(caller, id);
    policy.enforce(caller, PolicyRule.FUNCTION_GET, function.projectId());
    return function;
  }

  /** As {@link #get}, but counters and times may be a second old. For the path of calls. */
  public FunctionRecord getCached(Caller caller, String id) {
    return Optional.ofNullable(cache.get(id, missing -> store.find(missing).orElse(null)))
        .filter(function -> caller.sees(function.projectId()))
        .orElseThrow(() -> notFound(id));
  }

  public static QinlingException notFound(String id) {
    return new QinlingException(ErrorCode.NOT_FOUND, "Function not found [id=" + id + "]");
  }

  /** To be told of every change: what is remembered of the function, and its workers, go. */
  void changed(FunctionRecord before, FunctionRecord after) {
    cache.invalidate(before.id());
    if (!before.runsTheSameAs(after)) {
      release(before.id(), 0);
    }
    if (!Objects.equals(before.packageDigest(), after.packageDigest())) {
      discardLater(before.packageDigest());
    }
  }

  /** Calls that were accepted before the change may still be about to load the old package. */
  private void discardLater(String digest) {
    if (digest != null) {
      background.execute(() -> {
        if (new Backoff(KEPT_AFTER_UPDATE, KEPT_AFTER_UPDATE).pause()) {
          packages.discard(digest);
        }
      });
    }
  }

  void delete(Caller caller, String id) {
    var function = get(caller, id);
    policy.enforce(caller, PolicyRule.FUNCTION_DELETE, function.projectId());
    caller.requireOwner(function.projectId());
    var versions = store.delete(function).orElseThrow(() -> notFound(id));
    cache.invalidate(id);
    if (function.trustId() != null) {
      trusts.delete(caller, function.trustId());
    }
    release(id, 0);
    packages.discard(function.packageDigest());
    for (var version : versions) {
      release(id, version.number());
      packages.discard(version.packageDigest());
    }
  }

  /**
   * Gives up the workers of a version that is not to be run any more. The engine also does so by
   * itself, when the next revision is called or none is called for long.
   */
  public void release(String id, int version) {
    try {
      engine.release(id, version);
    } catch (QinlingException unreachable) {
      LOG.warnf(
          "Workers stay until they expire: function=%s version=%d reason=%s",
          id, version, unreachable.getMessage());
    }
  }

  /**
   * Opens a package of a function.
   *
   * @param digest of the version that is wanted
   * @throws QinlingException METHOD_NOT_ALLOWED when functions of its source have none
   */
  public InputStream download(FunctionRecord function, String digest) {
    if (function.source() == CodeSource.IMAGE) {
      throw new QinlingException(
          ErrorCode.METHOD_NOT_ALLOWED, "Functions of source image cannot be downloaded.");
    }
    return packages.open(digest);
  }

  /**
   * The workers that the engine knows, also of a function that is gone.
   *
   * @throws QinlingException NOT_FOUND when the function is another project's
   */
  List<String> workers(Caller caller, String functionId, int version) {
    var owner = store.find(functionId).map(FunctionRecord::projectId);
    var visible = owner.filter(caller::sees);
    policy.enforce(caller, PolicyRule.FUNCTION_WORKER_GET_ALL, visible.orElse(caller.projectId()));
    if (!visible.equals(owner)) {
      throw notFound(functionId);
    }
    return engine.workers(functionId, version);
  }

  /** Has workers claimed; how many there are in the end is seen in the list of workers. */
  void scaleUp(Caller caller, String id, int count) {
    var found = allowed(caller, PolicyRule.FUNCTION_SCALE_UP, id);
    scaleUp(found, 0, found.packageDigest(), count);
  }

  /**
   * Has workers claimed for a version.
   *
   * @param digest of the version's package
   */
  public void scaleUp(FunctionRecord record, int version, String digest, int count) {
    if (record.source() == CodeSource.IMAGE) {
      throw FunctionFields.invalid("Functions of source image have no workers.");
    }
    // The runtime may have become private to another project since the function was made.
    var runtime = runtimes.get(Caller.inProject(record.projectId()), record.runtimeId());
    var function = record.runnable(runtime, version, digest);
    background.execute(() -> {
      try {
        engine.scaleUp(function, count);
      } catch (QinlingException refused) {
        LOG.warnf(
            "Fewer workers than asked for: function=%s reason=%s",
            function.functionId(), refused.getMessage());
      }
    });
  }

  void scaleDown(Caller caller, String id, int count) {
    allowed(caller, PolicyRule.FUNCTION_SCALE_DOWN, id);
    engine.scaleDown(id, 0, count);
  }

  void detach(Caller caller, String id) {
    allowed(caller, PolicyRule.FUNCTION_DETACH, id);
    engine.release(id, 0);
  }

  /**
   * A function, for callers who may do something with it. Who may not do it at all is not told
   * whether the function exists.
   *
   * @throws QinlingException NOT_ALLOWED or NOT_FOUND
   */
  public FunctionRecord allowed(Caller caller, PolicyRule rule, String id) {
    var function = store.find(id).filter(found -> caller.sees(found.projectId()));
    policy.enforce(
        caller, rule, function.map(FunctionRecord::projectId).orElse(caller.projectId()));
    return function.orElseThrow(() -> notFound(id));
  }
}
