// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Runs jobs that are due, each due time once, however many processes do so on one database and
 * wherever they are killed. A job's row is locked while its execution is made and the job is moved
 * to its next time, so nobody else does either meanwhile. The execution is durable before the job
 * is moved, and its id follows from the job and the due time: who comes after a process that was
 * killed in between finds the execution there, and only moves the job.
 */
public final class JobScheduler implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(JobScheduler.class);

  /** Longest time between two looks at the table, since other processes change it too. */
  static final Duration LOOKAHEAD = Duration.ofSeconds(1);

  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(5);

  private final JobStore store;
  private final JobStarter starter;
  private final Executor executor;
  private final Clock clock;
  private final Duration grace;
  private final Attempts attempts = new Attempts();
  private final int atATime;
  private final Semaphore capacity;
  private volatile boolean closed;

  /**
   * @param executor a thread for each job that is due
   * @param grace how late a recurring job is still run
   * @param atATime most jobs that are started at a time; each holds a connection to the database
   *     while it takes another
   */
  public JobScheduler(
      JobStore store,
      JobStarter starter,
      Executor executor,
      Clock clock,
      Duration grace,
      int atATime) {
    this.store = store;
    this.starter = starter;
    this.executor = executor;
    this.clock = clock;
    this.grace = grace;
    this.atATime = atATime;
    this.capacity = new Semaphore(atATime);
  }

  /**
   * Has all jobs run that are due now.
   *
   * @return when to look again
   */
  Instant runDue() {
    var now = clock.instant();
    var until = now.plus(LOOKAHEAD);
    var due = new HashSet<String>();
    JobRecord last = null;
    do {
      var page = store.due(until, last);
      for (var job : page) {
        if (job.nextExecutionTime().isAfter(now)) {
          attempts.forgetAllBut(due);
          return job.nextExecutionTime();
        }
        due.add(job.id());
        if (attempts.begin(job.id(), now)) {
          executor.execute(() -> attempt(job));
        }
      }
      last = page.size() < JobStore.PAGE ? null : page.getLast();
    } while (last != null);
    attempts.forgetAllBut(due);
    return until;
  }

  private void attempt(JobRecord job) {
    capacity.acquireUninterruptibly();
    try {
      if (!closed) {
        store.change(job.id(), current -> run(current, job.nextExecutionTime()));
      }
      attempts.succeeded(job.id());
    } catch (QinlingException refused) {
      if (attempts.failed(job.id(), clock.instant())) {
        LOG.warnf(
            "A job that is due cannot be run yet, and is tried again: job=%s reason=%s",
            job.id(), refused.getMessage());
      }
    } catch (RuntimeException defect) {
      if (attempts.failed(job.id(), clock.instant())) {
        LOG.errorf(defect, "A job that is due met a defect, and is tried again: job=%s", job.id());
      }
    } finally {
      capacity.release();
    }
  }

  /** The job as it is after this due time; the same job when the due time is not its any more. */
  private JobRecord run(JobRecord job, Instant dueTime) {
    if (!job.waitsFor(dueTime)) {
      return job;
    }
    var now = clock.instant();
    Optional<CronPattern> pattern;
    try {
      pattern = Optional.ofNullable(job.pattern()).map(CronPattern::parse);
    } catch (QinlingException unknown) {
      LOG.errorf(
          "The pattern of a job is not understood; the job is paused until its owner sets another:"
              + " job=%s reason=%s",
          job.id(), unknown.getMessage());
      return job.paused(now);
    }
    var next = pattern.flatMap(times -> times.next(now.isBefore(dueTime) ? dueTime : now));
    var executionId = executionId(job.id(), dueTime);
    if (isMissed(dueTime, pattern, now) && !starter.hasStarted(job, executionId)) {
      LOG.warnf("Missed runs of a job are skipped: job=%s since=%s", job.id(), dueTime);
      return job.movedTo(next, now);
    }
    start(job, executionId);
    return job.afterRun(next, now);
  }

  /** Whether all times that have passed have done so too long ago. */
  private boolean isMissed(Instant dueTime, Optional<CronPattern> pattern, Instant now) {
    var earliest = now.minus(grace);
    return dueTime.isBefore(earliest)
        && pattern
            .map(times ->
                times.next(earliest.minusNanos(1)).filter(latest -> !latest.isAfter(now)).isEmpty())
            .orElse(false);
  }

  private void start(JobRecord job, String executionId) {
    try {
      starter.start(job, executionId);
    } catch (QinlingException refused) {
      if (refused.code() == ErrorCode.OVERLOADED || refused.code() == ErrorCode.UNAVAILABLE) {
        throw refused;
      }
      LOG.warnf(
          "A run of a job is given up; see to what it runs: job=%s reason=%s",
          job.id(), refused.getMessage());
    }
  }

  /** The same for whoever runs the job for this time. */
  static String executionId(String jobId, Instant dueTime) {
    return UUID.nameUUIDFromBytes((jobId + " " + dueTime).getBytes(UTF_8)).toString();
  }

  /** Begins nothing any more, and waits for what is under way. */
  @Override
  public void close() {
    closed = true;
    try {
      if (capacity.tryAcquire(atATime, PATIENCE_AT_END.toMillis(), TimeUnit.MILLISECONDS)) {
        capacity.release(atATime);
      } else {
        LOG.warn("Jobs are still being started at the end; the next process takes them up");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
