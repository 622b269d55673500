// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * When a job runs, and how often.
 *
 * @param first when it runs first
 * @param count how often it runs; null for no end
 */
record JobSchedule(Instant first, Integer count) {
  private static final Duration NOTICE = Duration.ofMinutes(1);

  /**
   * What a new job's pattern and time come to.
   *
   * @throws QinlingException INVALID_INPUT when they do not go together
   */
  static JobSchedule of(NewJob wanted, Instant now) {
    if (wanted.pattern().isEmpty() && wanted.firstExecutionTime().isEmpty()) {
      throw invalid("pattern or first_execution_time must be specified.");
    }
    var time = wanted.firstExecutionTime().map(text -> withNotice(text, now));
    requireCount(wanted);
    if (wanted.pattern().isEmpty()) {
      return new JobSchedule(time.orElseThrow(), 1);
    }
    // A match in the minute that the time names is meant, though the time may be past it.
    var after = time.map(first -> first.minus(NOTICE)).orElse(now);
    return new JobSchedule(
        next(CronPattern.parse(wanted.pattern().get()), after), wanted.count().orElse(null));
  }

  private static void requireCount(NewJob wanted) {
    int count = wanted.count().orElse(1);
    boolean runsOnce = wanted.pattern().isEmpty();
    if (runsOnce && count > 1) {
      throw invalid("Pattern must be provided when count is greater than 1.");
    }
    if (count < 0 || (count == 0 && !runsOnce)) {
      throw invalid("count must be at least 1, or be left out for no end.");
    }
  }

  /**
   * A job as its owner wants it.
   *
   * @throws QinlingException INVALID_INPUT when it cannot be so
   */
  static JobRecord changed(JobRecord job, JobChange wanted, Instant now) {
    if (job.status().isFinal()) {
      throw invalid("Can not update job in status " + job.status().text() + ".");
    }
    var pattern = pattern(job, wanted);
    var status = wanted.status().map(JobSchedule::settable).orElse(job.status());
    var next = next(job, wanted, pattern, status, now);
    var changed =
        job.changed(
            wanted.name().orElse(job.name()),
            wanted.functionInput().orElse(job.functionInput()),
            status,
            pattern.orElse(null),
            job.count(),
            next,
            job.updatedAt());
    return changed.equals(job) ? job : changed.movedTo(Optional.of(next), now);
  }

  private static Optional<String> pattern(JobRecord job, JobChange wanted) {
    if (wanted.pattern().isEmpty()) {
      return Optional.ofNullable(job.pattern());
    }
    var pattern = wanted.pattern().get();
    if (pattern.isEmpty() != job.runsOnce()) {
      throw invalid("Can not change job type.");
    }
    if (job.runsOnce()) {
      return Optional.empty();
    }
    CronPattern.parse(pattern);
    return Optional.of(pattern);
  }

  private static JobStatus settable(String text) {
    return Arrays.stream(JobStatus.values())
        .filter(status -> status != JobStatus.DONE && status.text().equals(text))
        .findFirst()
        .orElseThrow(() -> invalid("Invalid status; it can be set to running, paused, cancelled."));
  }

  private static Instant next(
      JobRecord job, JobChange wanted, Optional<String> pattern, JobStatus status, Instant now) {
    if (wanted.nextExecutionTime().isPresent()) {
      return withNotice(wanted.nextExecutionTime().get(), now);
    }
    boolean isResumed = job.status() == JobStatus.PAUSED && status == JobStatus.RUNNING;
    boolean hasNewPattern = !pattern.equals(Optional.ofNullable(job.pattern()));
    if (pattern.isPresent() && (isResumed || hasNewPattern)) {
      return next(CronPattern.parse(pattern.get()), now);
    }
    if (isResumed) {
      requireNotice(job.nextExecutionTime(), now);
    }
    return job.nextExecutionTime();
  }

  private static Instant next(CronPattern pattern, Instant after) {
    return pattern.next(after).orElseThrow(() -> invalid("The pattern matches no time."));
  }

  private static Instant withNotice(String text, Instant now) {
    var time = LenientTime.parse(text, now);
    requireNotice(time, now);
    return time;
  }

  private static void requireNotice(Instant time, Instant now) {
    if (time.isBefore(now.plus(NOTICE))) {
      throw invalid("Execution time must be at least 1 minute in the future.");
    }
  }

  private static QinlingException invalid(String message) {
    return new QinlingException(ErrorCode.INVALID_INPUT, message);
  }
}
