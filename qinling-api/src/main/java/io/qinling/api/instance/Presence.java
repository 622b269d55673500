// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Shows the other processes that this one lives, and keeps it from accepting work when they may
 * think that it does not. Taken for dead, as after a pause, it enters itself under a new id and
 * goes on: what it ran is in other hands then, and whose end comes first is recorded.
 */
public final class Presence {
  private static final Logger LOG = Logger.getLogger(Presence.class);

  /** What is left of the timeout is for the database to record what was accepted. */
  private static final double SAFE = 0.8;

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration AFTER_FAILURE = Duration.ofMillis(500);

  private final InstanceStore store;
  private final String place;
  private final LongSupplier nanoTime;
  private final Clock clock;
  private final long safeNanos;
  private final ReentrantLock beating = new ReentrantLock();
  private volatile String id = UUID.randomUUID().toString();

  // By the monotonic clock, in nanoseconds; written under the lock.
  private volatile long beatAt;
  private volatile long failedAt;
  private volatile boolean failing;

  /**
   * @param place see {@link ApiInstance}
   * @param timeout after which the others take this process for dead
   */
  public Presence(
      InstanceStore store, String place, Duration timeout, LongSupplier nanoTime, Clock clock) {
    this.store = store;
    this.place = place;
    this.nanoTime = nanoTime;
    this.clock = clock;
    this.safeNanos = (long) (timeout.toNanos() * SAFE);
  }

  /** Under which this process stands in the database now. */
  public String id() {
    return id;
  }

  /** Enters this process, which is to be done before it runs anything. */
  public void enter() {
    beatAt = nanoTime.getAsLong();
    store.insert(id, place, clock.instant());
  }

  /** Strikes those that were in its place: they have ended, now that this process has its port. */
  public void replace() {
    store.removeBefore(id, place);
  }

  /**
   * Shows that this process lives; to be called several times within the timeout.
   *
   * @throws QinlingException UNAVAILABLE when that is not possible now
   */
  public void beat() {
    locked(this::beatNow);
  }

  /**
   * Returns at once while the others know that this process lives, or else once they do.
   *
   * @throws QinlingException UNAVAILABLE when they may take it for dead, or the database is away
   */
  public void require() {
    if (!isCertain()) {
      locked(() -> {
        if (!isCertain()) {
          if (failing && nanoTime.getAsLong() - failedAt < AFTER_FAILURE.toNanos()) {
            throw away();
          }
          beatNow();
        }
      });
    }
  }

  private boolean isCertain() {
    return !failing && nanoTime.getAsLong() - beatAt < safeNanos;
  }

  private void locked(Runnable action) {
    boolean has = false;
    try {
      has = beating.tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    if (!has) {
      throw away();
    }
    try {
      action.run();
    } finally {
      beating.unlock();
    }
  }

  private void beatNow() {
    long now = nanoTime.getAsLong();
    try {
      if (!store.beat(id)) {
        var next = UUID.randomUUID().toString();
        store.insert(next, place, clock.instant());
        LOG.warnf(
            "This process was taken for dead, as after a pause, and goes on as another: id=%s",
            next);
        id = next;
      }
      beatAt = now;
      failing = false;
    } catch (RuntimeException failed) {
      failing = true;
      failedAt = nanoTime.getAsLong();
      throw failed;
    }
  }

  /** Takes this process out, so that others take over what it leaves. */
  public void leave() {
    store.remove(id);
  }

  private static QinlingException away() {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The database is not available");
  }
}
