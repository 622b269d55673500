// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.alias;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.function.CodeSource;
import io.qinling.api.function.FunctionRecord;
import io.qinling.api.function.Functions;
import io.qinling.api.identity.Caller;
import io.qinling.api.runtime.RuntimeRecord;
import io.qinling.api.version.Versions;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.Optional;

/** Finds the function version that a request names, by an alias or directly. */
public final class Targets {
  /** A change that another api process made is seen after this time. */
  private static final Duration CACHED = Duration.ofSeconds(1);

  private static final long CACHED_ALIASES = 10_000;

  private final AliasStore aliases;
  private final Functions functions;
  private final Versions versions;
  private final Cache<Key, AliasRecord> cache =
      Caffeine.newBuilder().expireAfterWrite(CACHED).maximumSize(CACHED_ALIASES).build();

  private record Key(String projectId, String name) {}

  public Targets(AliasStore aliases, Functions functions, Versions versions) {
    this.aliases = aliases;
    this.functions = functions;
    this.versions = versions;
  }

  /**
   * A function version.
   *
   * @param version 0 for the latest code
   * @param packageDigest of that version; null for functions of source image
   */
  public record Target(FunctionRecord function, int version, String packageDigest) {
    /**
     * What the engine needs to run it.
     *
     * @param runtime null for a function that has none
     */
    public RunnableFunction runnable(RuntimeRecord runtime) {
      return function.runnable(runtime, version, packageDigest);
    }
  }

  /**
   * Finds what exists for the caller; what another api process changed may be a second old.
   *
   * @param alias wins over function and version
   * @throws QinlingException INVALID_INPUT without alias and function, and for a version of a
   *     function that cannot have any; NOT_FOUND when the alias, its function or the version does
   *     not exist for the caller
   */
  public Target find(
      Caller caller, Optional<String> alias, Optional<String> functionId, int version) {
    if (alias.isPresent()) {
      var found = aliasCached(caller, alias.get());
      // What an alias points to is its own project's, whoever follows it.
      var owner = Caller.inProject(found.projectId());
      return target(functions.getCached(owner, found.functionId()), found.functionVersion());
    }
    var id =
        functionId.orElseThrow(() ->
            new QinlingException(
                ErrorCode.INVALID_INPUT, "Either function_alias or function_id must be provided."));
    return target(functions.getCached(caller, id), version);
  }

  private Target target(FunctionRecord function, int version) {
    if (version == 0) {
      return new Target(function, 0, function.packageDigest());
    }
    if (function.source() != CodeSource.PACKAGE) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "Can not specify version for " + function.id() + " function.");
    }
    return new Target(function, version, versions.getCached(function, version).packageDigest());
  }

  private AliasRecord aliasCached(Caller caller, String name) {
    var own = cache.get(new Key(caller.projectId(), name), this::load);
    return Optional.ofNullable(own)
        .or(() -> caller.admin() ? unambiguous(name) : Optional.empty())
        .orElseThrow(() -> notFound(name));
  }

  private AliasRecord load(Key key) {
    return aliases.find(key.projectId(), key.name()).orElse(null);
  }

  /** An alias that exists for the caller: its own project's, else the only one of that name. */
  Optional<AliasRecord> alias(Caller caller, String name) {
    return aliases
        .find(caller.projectId(), name)
        .or(() -> caller.admin() ? unambiguous(name) : Optional.empty());
  }

  private Optional<AliasRecord> unambiguous(String name) {
    var found = aliases.findAll(name);
    if (found.size() > 1) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "Several projects have an alias of this name.");
    }
    return found.stream().findFirst();
  }

  /** To be told of every change of an alias. */
  void changed(AliasRecord alias) {
    cache.invalidate(new Key(alias.projectId(), alias.name()));
  }

  static QinlingException notFound(String name) {
    return new QinlingException(ErrorCode.NOT_FOUND, "FunctionAlias not found [name=" + name + "]");
  }
}
