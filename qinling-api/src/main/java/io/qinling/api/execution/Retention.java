// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.Condition;
import io.qinling.api.engine.Backoff;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/**
 * Removes executions that ended and are older than wanted: a few at a time, with pauses, so that
 * nobody waits for it.
 */
public final class Retention {
  private static final Logger LOG = Logger.getLogger(Retention.class);
  private static final Duration BETWEEN_BATCHES = Duration.ofMillis(100);
  private static final Duration BETWEEN_ROUNDS = Duration.ofMinutes(1);

  private final ExecutionStore store;
  private final Clock clock;
  private final Duration age;

  /**
   * @param age since an execution was made
   */
  public Retention(ExecutionStore store, Clock clock, Duration age) {
    this.store = store;
    this.clock = clock;
    this.age = age;
  }

  /** Goes on until the executor is shut down. */
  public void start(ExecutorService background) {
    background.execute(() -> {
      do {
        try {
          removeAll();
        } catch (RuntimeException failed) {
          LOG.warn("Old executions cannot be removed now; it is tried again in a minute", failed);
        }
      } while (pause(BETWEEN_ROUNDS));
    });
  }

  private void removeAll() {
    int removed = 0;
    int batch;
    do {
      batch = removeSome();
      removed += batch;
    } while (batch > 0 && pause(BETWEEN_BATCHES));
    if (removed > 0) {
      LOG.infof("Old executions were removed: count=%d", removed);
    }
  }

  private static boolean pause(Duration duration) {
    return new Backoff(duration, duration).pause();
  }

  /** Removes some of the oldest of each status; the answer is how many. */
  int removeSome() {
    Instant oldest = clock.instant().minus(age);
    int removed = 0;
    for (var status : ExecutionStatus.finalOnes()) {
      removed +=
          store.removePage(
              Condition.equal("status", status.text())
                  .and(new Condition("created_at < ?", List.of(oldest))));
    }
    return removed;
  }
}
