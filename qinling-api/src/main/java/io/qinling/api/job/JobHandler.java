// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * The thread that wakes the scheduler: when the next job is due, when a job of this process
 * changed, and every second to see those of other processes.
 */
public final class JobHandler implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(JobHandler.class);

  private final JobScheduler scheduler;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock.
  private boolean woken;
  private boolean closed;
  private Thread thread;

  public JobHandler(JobScheduler scheduler, Clock clock) {
    this.scheduler = scheduler;
    this.clock = clock;
  }

  /** Runs jobs from now on; called once, if this process is to run any. */
  public void start() {
    lock.lock();
    try {
      thread = Thread.ofPlatform().name("job-handler").daemon().start(this::serve);
    } finally {
      lock.unlock();
    }
  }

  /** Looks for due jobs at once. Does not wait. */
  public void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void serve() {
    boolean failing = false;
    var pause = Duration.ZERO;
    while (isToGoOnAfter(pause)) {
      try {
        var next = scheduler.runDue();
        pause = Duration.between(clock.instant(), next);
        failing = false;
      } catch (RuntimeException unreachable) {
        if (!failing) {
          LOG.error("Due jobs cannot be read; this is tried again every second", unreachable);
        }
        pause = JobScheduler.LOOKAHEAD;
        failing = true;
      }
    }
  }

  private boolean isToGoOnAfter(Duration pause) {
    lock.lock();
    try {
      long nanos = pause.toNanos();
      while (nanos > 0 && !woken && !closed) {
        nanos = changed.awaitNanos(nanos);
      }
      woken = false;
      return !closed;
    } catch (InterruptedException unexpected) {
      LOG.warn("Nobody interrupts the handler of jobs", unexpected);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Ends when what was begun is done. Without an interrupt: H2 would close its file. */
  @Override
  public void close() {
    Thread running;
    lock.lock();
    try {
      closed = true;
      running = thread;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (running != null) {
        running.join(TimeUnit.SECONDS.toMillis(5));
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    scheduler.close();
  }
}
