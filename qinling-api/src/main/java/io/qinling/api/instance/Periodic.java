// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Does something again and again, on a thread of its own. */
public final class Periodic implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Periodic.class);
  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(1);

  private final String what;
  private final Duration period;
  private final Runnable action;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Begins at once.
   *
   * @param what for the log
   * @param period from the end of one to the begin of the next
   */
  public Periodic(String what, Duration period, Runnable action) {
    this.what = what;
    this.period = period;
    this.action = action;
    this.thread = Thread.ofVirtual().name(what).start(this::serve);
  }

  private void serve() {
    boolean failing = false;
    do {
      try {
        action.run();
        failing = false;
      } catch (RuntimeException failed) {
        if (!failing) {
          LOG.warnf(
              "What is done all the time fails, and is tried again: what=%s reason=%s",
              what, failed.getMessage());
        }
        LOG.debugf(failed, "It failed: what=%s", what);
        failing = true;
      }
    } while (!isClosedWithin(period));
  }

  private boolean isClosedWithin(Duration time) {
    try {
      return closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException stopping) {
      return true;
    }
  }

  /** Waits a moment for what is under way. Without an interrupt: H2 would close its file. */
  @Override
  public void close() {
    closed.countDown();
    try {
      if (!thread.join(PATIENCE_AT_END)) {
        LOG.warnf("It does not end; the process ends without it: what=%s", what);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
