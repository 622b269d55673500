// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.engine.Engine;
import io.qinling.api.engine.PoolCapacity;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/** What can be done with runtimes, and when it cannot. */
public final class Runtimes {
  private final RuntimeStore store;
  private final PoolKeeper pools;
  private final Engine engine;
  private final Policy policy;
  private final Clock clock;

  public Runtimes(RuntimeStore store, PoolKeeper pools, Engine engine, Policy policy, Clock clock) {
    this.store = store;
    this.pools = pools;
    this.engine = engine;
    this.policy = policy;
    this.clock = clock;
  }

  List<RuntimeRecord> list(Caller caller) {
    return store.listVisible(caller);
  }

  /**
   * @throws QinlingException NOT_FOUND when it does not exist for the caller
   */
  public RuntimeRecord get(Caller caller, String id) {
    return store
        .find(id)
        .filter(runtime -> runtime.isVisibleTo(caller))
        .orElseThrow(() -> notFound(id));
  }

  /**
   * As {@link #get}, but what another api process changed may be a second old. For the path of
   * calls.
   */
  public RuntimeRecord getCached(Caller caller, String id) {
    return store
        .findCached(id)
        .filter(runtime -> runtime.isVisibleTo(caller))
        .orElseThrow(() -> notFound(id));
  }

  /** Who may not do it at all is not told whether the runtime exists. */
  private RuntimeRecord allowed(Caller caller, String id, PolicyRule rule) {
    return allowed(caller, id, rule, found -> found.isVisibleTo(caller));
  }

  private RuntimeRecord allowed(
      Caller caller, String id, PolicyRule rule, Predicate<RuntimeRecord> isVisible) {
    var runtime = store.find(id).filter(isVisible);
    policy.enforce(caller, rule, runtime.map(RuntimeRecord::projectId).orElse(caller.projectId()));
    return runtime.orElseThrow(() -> notFound(id));
  }

  private static QinlingException notFound(String id) {
    return new QinlingException(ErrorCode.NOT_FOUND, "Runtime not found [id=" + id + "]");
  }

  /** Makes a runtime; its pool is made afterwards. */
  RuntimeRecord create(Caller caller, NewRuntime wanted) {
    policy.enforce(caller, PolicyRule.RUNTIME_CREATE);
    var runtime =
        new RuntimeRecord(
            wanted.id().orElseGet(() -> UUID.randomUUID().toString()),
            caller.projectId(),
            wanted.name().orElse(null),
            wanted.description().orElse(null),
            wanted.image(),
            null,
            RuntimeStatus.CREATING,
            wanted.isPublic(),
            wanted.trusted(),
            clock.instant(),
            null);
    store.insert(runtime);
    pools.begin(runtime);
    return runtime;
  }

  RuntimeRecord update(Caller caller, String id, RuntimeChange change) {
    var current = allowed(caller, id, PolicyRule.RUNTIME_UPDATE);
    if (change.image().isPresent() && current.status() != RuntimeStatus.AVAILABLE) {
      throw notAvailable(current);
    }
    var newImage = change.image().filter(image -> !image.equals(current.image()));
    newImage.ifPresent(image -> startUpgrade(current, image));
    store.update(
        new RuntimeRecord(
            id,
            current.projectId(),
            change.name().orElse(current.name()),
            change.description().orElse(current.description()),
            current.image(),
            current.formerImage(),
            current.status(),
            change.isPublic().orElse(current.isPublic()),
            current.trusted(),
            current.createdAt(),
            clock.instant()));
    var updated = get(caller, id);
    if (newImage.isPresent()) {
      pools.begin(updated);
    }
    return updated;
  }

  private void startUpgrade(RuntimeRecord current, String image) {
    if (claimed(current.id()) > 0) {
      throw new QinlingException(
          ErrorCode.NOT_ALLOWED, "Runtime " + current.id() + " is still in use by functions.");
    }
    if (!store.startUpgrade(current.id(), image, clock.instant())) {
      throw notAvailable(current);
    }
  }

  private int claimed(String id) {
    try {
      return engine.describePool(id).claimed();
    } catch (QinlingException failed) {
      if (failed.code() == ErrorCode.NOT_FOUND) {
        return 0;
      }
      throw failed;
    }
  }

  public static QinlingException notAvailable(RuntimeRecord runtime) {
    return new QinlingException(
        ErrorCode.CONFLICT, "Runtime " + runtime.id() + " is not available.");
  }

  void delete(Caller caller, String id) {
    allowed(caller, id, PolicyRule.RUNTIME_DELETE);
    if (!store.markDeleting(id, clock.instant())) {
      throw new QinlingException(ErrorCode.NOT_ALLOWED, "Runtime " + id + " is still in use.");
    }
    store.find(id).ifPresent(pools::begin);
  }

  /**
   * The pool as the engine sees it; that of a private runtime is also an administrator's affair.
   */
  PoolCapacity pool(Caller caller, String id) {
    allowed(
        caller,
        id,
        PolicyRule.RUNTIME_POOL_GET_ALL,
        found -> caller.sees(found.projectId()) || found.isVisibleTo(caller));
    try {
      return engine.describePool(id);
    } catch (QinlingException failed) {
      throw failed.code() == ErrorCode.NOT_FOUND ? notFound(id) : failed;
    }
  }
}
