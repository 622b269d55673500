// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Pauses between attempts, each up to twice as long as the one before. Used by one thread. */
public final class Backoff {
  private final long longestMillis;
  private long millis;

  public Backoff(Duration first, Duration longest) {
    this.millis = first.toMillis();
    this.longestMillis = longest.toMillis();
  }

  /**
   * Waits, with jitter, so that what failed together does not come back together.
   *
   * @return false when the thread was interrupted, as it is when the service stops
   */
  public boolean pause() {
    return !pause(new CountDownLatch(1));
  }

  /**
   * As {@link #pause()}, but ends early when the latch is open.
   *
   * @return whether it is, or the thread was interrupted
   */
  public boolean pause(CountDownLatch stop) {
    try {
      long time = ThreadLocalRandom.current().nextLong(millis / 2, millis);
      millis = Math.min(2 * millis, longestMillis);
      return stop.await(time, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
