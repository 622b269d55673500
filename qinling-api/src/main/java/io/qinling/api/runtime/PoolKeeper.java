// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.engine.Backoff;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.RuntimePool;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
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
        case AVAILABLE ->
            inBackground(
                runtime.id(),
                RuntimeStatus.AVAILABLE,
                () -> engine.createPool(runtime.pool()),
                made -> {});
        case ERROR -> {}
      }
    }
  }

  void create(RuntimeRecord runtime) {
    inBackground(
        runtime.id(),
        RuntimeStatus.CREATING,
        () -> engine.createPool(runtime.pool()),
        made ->
            store.setStatus(
                runtime.id(),
                RuntimeStatus.CREATING,
                made ? RuntimeStatus.AVAILABLE : RuntimeStatus.ERROR,
                clock.instant()));
  }

  void upgrade(RuntimeRecord runtime, String oldImage) {
    inBackground(
        runtime.id(),
        RuntimeStatus.UPGRADING,
        () -> {
          engine.createPool(new RuntimePool(runtime.id(), oldImage, runtime.trusted()));
          engine.updatePool(runtime.id(), runtime.image());
        },
        made ->
            store.setImage(
                runtime.id(),
                RuntimeStatus.UPGRADING,
                RuntimeStatus.AVAILABLE,
                made ? runtime.image() : oldImage,
                clock.instant()));
  }

  void delete(String runtimeId) {
    inBackground(
        runtimeId,
        RuntimeStatus.DELETING,
        () -> engine.deletePool(runtimeId),
        done -> {
          if (done) {
            store.delete(runtimeId);
          } else {
            store.setStatus(
                runtimeId, RuntimeStatus.DELETING, RuntimeStatus.ERROR, clock.instant());
          }
        });
  }

  /**
   * Does it as soon as the engine can be reached, unless the runtime has got another status
   * meanwhile or this process stops; the next process takes it up then.
   *
   * @param whenDone gets whether the engine did it
   */
  private void inBackground(
      String runtimeId, RuntimeStatus expected, Runnable action, Consumer<Boolean> whenDone) {
    background.execute(() -> {
      var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
      while (store.find(runtimeId).filter(found -> found.status() == expected).isPresent()) {
        try {
          action.run();
          whenDone.accept(true);
          return;
        } catch (QinlingException failed) {
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          if (failed.code() != ErrorCode.UNAVAILABLE && failed.code() != ErrorCode.TIMEOUT) {
            LOG.warnf(
                "The engine refused to change a pool: runtime=%s reason=%s",
                runtimeId, failed.getMessage());
            whenDone.accept(false);
            return;
          }
        }
        if (!backoff.pause()) {
          return;
        }
      }
    });
  }
}
