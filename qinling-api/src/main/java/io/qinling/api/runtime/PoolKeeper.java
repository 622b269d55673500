// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.engine.Backoff;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.RuntimePool;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;

/**
 * Brings the pools in the engine to what the records say. Each job ends in a lasting status; while
 * the engine or the database cannot be reached it is tried again. What a process leaves unfinished
 * another one takes up, or the same when it starts again; it changes hands by compare-and-set, so
 * that one does.
 */
public final class PoolKeeper {
  private static final Logger LOG = Logger.getLogger(PoolKeeper.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final RuntimeStore store;
  private final Engine engine;
  private final Executor background;
  private final Clock clock;
  private final Set<Work> underWay = ConcurrentHashMap.newKeySet();

  private record Work(String runtimeId, RuntimeStatus status) {}

  /**
   * @param background a thread for each job
   */
  public PoolKeeper(RuntimeStore store, Engine engine, Executor background, Clock clock) {
    this.store = store;
    this.engine = engine;
    this.background = background;
    this.clock = clock;
  }

  /** Has pools of usable runtimes made ahead of need. */
  public void makeUsable() {
    store.listAll().stream()
        .filter(runtime -> runtime.status() == RuntimeStatus.AVAILABLE)
        .forEach(this::begin);
  }

  /** Takes up what nobody works at any more; to be called periodically. */
  public void look() {
    for (var orphan : store.orphans()) {
      if (store.claim(orphan)) {
        begin(orphan.runtime());
      }
    }
  }

  /** Does what the status of a runtime says, unless that is under way here. */
  void begin(RuntimeRecord runtime) {
    var work = new Work(runtime.id(), runtime.status());
    if (underWay.add(work)) {
      background.execute(() -> {
        try {
          doUntilDone(runtime);
        } catch (RuntimeException defect) {
          LOG.errorf(defect, "The change of a pool met a defect: runtime=%s", runtime.id());
        } finally {
          underWay.remove(work);
        }
      });
    }
  }

  /** Ends when the runtime has got another status or is another process's, or this one stops. */
  private void doUntilDone(RuntimeRecord runtime) {
    var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    do {
      try {
        if (store.isLeft(runtime)) {
          doOnce(runtime);
        }
        return;
      } catch (QinlingException away) {
        if (!isAway(away)) {
          throw away;
        }
        LOG.debugf(
            "A pool is changed later: runtime=%s reason=%s", runtime.id(), away.getMessage());
      }
    } while (backoff.pause());
  }

  private void doOnce(RuntimeRecord runtime) {
    var id = runtime.id();
    switch (runtime.status()) {
      case CREATING -> {
        boolean made = isAccepted(id, () -> engine.createPool(runtime.pool()));
        setStatus(runtime, made ? RuntimeStatus.AVAILABLE : RuntimeStatus.ERROR);
      }
      case AVAILABLE -> isAccepted(id, () -> engine.createPool(runtime.pool()));
      case UPGRADING -> store.endUpgrade(id, upgrade(runtime), clock.instant());
      case DELETING -> {
        if (isAccepted(id, () -> engine.deletePool(id))) {
          store.delete(id);
        } else {
          setStatus(runtime, RuntimeStatus.ERROR);
        }
      }
      case ERROR -> {}
    }
  }

  private void setStatus(RuntimeRecord runtime, RuntimeStatus status) {
    store.setStatus(runtime.id(), runtime.status(), status, clock.instant());
  }

  /** The image that the pool has in the end. */
  private String upgrade(RuntimeRecord runtime) {
    var id = runtime.id();
    // Earlier releases did not record it.
    var former = Objects.requireNonNullElse(runtime.formerImage(), runtime.image());
    if (isAccepted(id, () -> replaceImage(runtime, former))) {
      return runtime.image();
    }
    // An engine that died in an earlier attempt may have left the new one.
    isAccepted(id, () -> engine.updatePool(id, former));
    return former;
  }

  /** A pool that is there may have no workers, since its image does not start any more. */
  private void replaceImage(RuntimeRecord runtime, String former) {
    try {
      engine.updatePool(runtime.id(), runtime.image());
    } catch (QinlingException failed) {
      if (failed.code() != ErrorCode.NOT_FOUND) {
        throw failed;
      }
      engine.createPool(new RuntimePool(runtime.id(), former, runtime.trusted()));
      engine.updatePool(runtime.id(), runtime.image());
    }
  }

  /**
   * Whether the engine did it.
   *
   * @throws QinlingException when it cannot be reached, or this process stops
   */
  private static boolean isAccepted(String runtimeId, Runnable change) {
    try {
      change.run();
      return true;
    } catch (QinlingException failed) {
      if (isAway(failed)) {
        throw failed;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new QinlingException(ErrorCode.UNAVAILABLE, "The service is stopping", failed);
      }
      LOG.warnf(
          "The engine refused to change a pool: runtime=%s reason=%s",
          runtimeId, failed.getMessage());
      return false;
    }
  }

  private static boolean isAway(QinlingException failed) {
    return failed.code() == ErrorCode.UNAVAILABLE || failed.code() == ErrorCode.TIMEOUT;
  }
}
