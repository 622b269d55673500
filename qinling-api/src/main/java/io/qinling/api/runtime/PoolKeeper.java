// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.engine.Engine;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/**
 * Brings the pools in the engine to what the records say. Each job ends in a lasting status; while
 * the engine cannot be reached it is tried again, also by the next process after this one.
 */
public final class PoolKeeper {
  private static final Logger LOG = Logger.getLogger(PoolKeeper.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final RuntimeStore store;
  private final Engine engine;
  private final ExecutorService background;
  private final Clock clock;

  /**
   * @param background a thread for each job
   */
  public PoolKeeper(RuntimeStore store, Engine engine, ExecutorService background, Clock clock) {
    this.store = store;
    this.engine = engine;
    this.background = background;
    this.clock = clock;
  }

  /**
   * Takes up what an earlier process left unfinished, and has pools of usable runtimes made ahead
   * of need.
   */
  public void resume() {
    for (var runtime : store.listAll()) {
      switch (runtime.status()) {
        case CREATING -> create(runtime);
        // The old image is not recorded; the pool of the new one shows whether it works.
        case UPGRADING -> upgrade(runtime, runtime.image());
        case DELETING -> delete(runtime.id());
        case AVAILABLE -> background.execute(() -> reach(() -> engine.createPool(runtime.pool())));
        case ERROR -> {}
      }
    }
  }

  void create(RuntimeRecord runtime) {
    background.execute(() -> {
      boolean made = reach(() -> engine.createPool(runtime.pool()));
      store.setStatus(
          runtime.id(),
          RuntimeStatus.CREATING,
          made ? RuntimeStatus.AVAILABLE : RuntimeStatus.ERROR,
          clock.instant());
    });
  }

  void upgrade(RuntimeRecord runtime, String oldImage) {
    background.execute(() -> {
      boolean made =
          reach(() -> {
            engine.createPool(runtime.pool());
            engine.updatePool(runtime.id(), runtime.image());
          });
      store.setImage(
          runtime.id(),
          RuntimeStatus.UPGRADING,
          RuntimeStatus.AVAILABLE,
          made ? runtime.image() : oldImage,
          clock.instant());
    });
  }

  void delete(String runtimeId) {
    background.execute(() -> {
      if (reach(() -> engine.deletePool(runtimeId))) {
        store.delete(runtimeId);
      } else {
        store.setStatus(runtimeId, RuntimeStatus.DELETING, RuntimeStatus.ERROR, clock.instant());
      }
    });
  }

  /** Does it as soon as the engine can be reached; false when the engine refuses. */
  private static boolean reach(Runnable action) {
    var pause = FIRST_PAUSE;
    while (true) {
      try {
        action.run();
        return true;
      } catch (QinlingException failed) {
        if (failed.code() != ErrorCode.UNAVAILABLE && failed.code() != ErrorCode.TIMEOUT) {
          LOG.warnf("The engine refused to change a pool: %s", failed.getMessage());
          return false;
        }
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        throw new QinlingException(ErrorCode.UNAVAILABLE, "The service is stopping", stopping);
      }
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
    }
  }
}
