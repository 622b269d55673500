// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestJobSchedule {
  private static final Instant NOW = Instant.parse("2026-11-22T17:29:47Z");
  private static final Instant NEXT = Instant.parse("2026-11-22T18:00:00Z");
  private static final String TYPE = "Can not change job type.";
  private static final String NOTICE = "Execution time must be at least 1 minute in the future";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          -           | 2030-01-02           | -  | 2030-01-02T00:00:00Z | 1
          -           | 2030-01-02           | 0  | 2030-01-02T00:00:00Z | 1
          -           | 2030-01-02           | 1  | 2030-01-02T00:00:00Z | 1
          -           | 2026-11-22T17:30:47Z | -  | 2026-11-22T17:30:47Z | 1
          */5 * * * * | -                    | -  | 2026-11-22T17:30:00Z | -
          */5 * * * * | -                    | 3  | 2026-11-22T17:30:00Z | 3
          */5 * * * * | 2026-11-22 18:00:30  | 3  | 2026-11-22T18:00:00Z | 3
          */5 * * * * | 2026-11-22 18:01:00  | -  | 2026-11-22T18:05:00Z | -
          */5 * * * * | 2026-11-22 18:00:59  | -  | 2026-11-22T18:00:00Z | -
          """)
  void aNewJobRuns(
      String pattern, String time, Integer count, Instant expected, Integer expectedCount) {
    assertThat(JobSchedule.of(wanted(pattern, time, count), NOW))
        .isEqualTo(new JobSchedule(expected, expectedCount));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          -           | -                    | -  | must be specified
          -           | 2026-11-22T17:30:46Z | -  | Execution time must be at least 1 minute in the future
          */5 * * * * | 2026-11-22T17:30:46Z | -  | Execution time must be at least 1 minute in the future
          -           | 2020-01-01           | -  | Execution time must be at least 1 minute in the future
          -           | junk                 | -  | not understood
          -           | 2030-01-02           | 2  | Pattern must be provided
          -           | 2030-01-02           | -1 | count
          */5 * * * * | -                    | 0  | count
          */5 * * * * | -                    | -1 | count
          */5 * * *   | -                    | -  | Invalid pattern
          * * 31 2 *  | -                    | -  | matches no time
          */5 * * *   | junk                 | 0  | not understood
          """)
  void aNewJobIsRefused(String pattern, String time, Integer count, String reason) {
    assertInvalid(() -> JobSchedule.of(wanted(pattern, time, count), NOW), reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          running | paused    | -           | -                    | paused    | */5 * * * * | 2026-11-22T18:00:00Z
          running | running   | -           | -                    | running   | */5 * * * * | 2026-11-22T18:00:00Z
          running | cancelled | -           | -                    | cancelled | */5 * * * * | 2026-11-22T18:00:00Z
          paused  | cancelled | -           | -                    | cancelled | */5 * * * * | 2026-11-22T18:00:00Z
          paused  | running   | -           | -                    | running   | */5 * * * * | 2026-11-22T17:30:00Z
          paused  | running   | */7 * * * * | -                    | running   | */7 * * * * | 2026-11-22T17:35:00Z
          paused  | running   | */7 * * * * | 2030-01-02           | running   | */7 * * * * | 2030-01-02T00:00:00Z
          paused  | -         | */7 * * * * | -                    | paused    | */7 * * * * | 2026-11-22T17:35:00Z
          running | -         | */7 * * * * | -                    | running   | */7 * * * * | 2026-11-22T17:35:00Z
          running | -         | */5 * * * * | -                    | running   | */5 * * * * | 2026-11-22T18:00:00Z
          running | -         | -           | 2026-11-22T17:30:47Z | running   | */5 * * * * | 2026-11-22T17:30:47Z
          """)
  void aRecurringJobChanges(
      String from,
      String status,
      String pattern,
      String next,
      String newStatus,
      String newPattern,
      Instant newNext) {
    var changed =
        JobSchedule.changed(
            job(from, "*/5 * * * *", NEXT),
            new JobChange(no(), no(), opt(status), opt(pattern), opt(next)),
            NOW);

    assertThat(changed.status().text()).isEqualTo(newStatus);
    assertThat(changed.pattern()).isEqualTo(newPattern);
    assertThat(changed.nextExecutionTime()).isEqualTo(newNext);
    assertThat(changed.count()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          done      | -       | -           | -                    | Can not update job
          cancelled | running | -           | -                    | Can not update job
          cancelled | -       | -           | -                    | Can not update job
          running   | -       | * * * *     | -                    | Invalid pattern
          running   | -       | * * 31 2 *  | -                    | matches no time
          running   | -       | ''          | -                    | Can not change job type.
          running   | done    | -           | -                    | Invalid status
          running   | bogus   | -           | -                    | Invalid status
          running   | RUNNING | -           | -                    | Invalid status
          running   | ''      | -           | -                    | Invalid status
          running   | -       | -           | 2026-11-22T17:30:46Z | Execution time must be at least 1 minute in the future
          running   | -       | -           | junk                 | not understood
          """)
  void aChangeOfARecurringJobIsRefused(
      String from, String status, String pattern, String next, String reason) {
    var change = new JobChange(no(), no(), opt(status), opt(pattern), opt(next));

    assertInvalid(() -> JobSchedule.changed(job(from, "*/5 * * * *", NEXT), change, NOW), reason);
  }

  @Test
  void aJobThatRunsOnceGetsNoPattern() {
    var change = new JobChange(no(), no(), no(), opt("*/5 * * * *"), no());

    assertInvalid(() -> JobSchedule.changed(job("running", null, NEXT), change, NOW), TYPE);
  }

  @Test
  void theEmptyPatternMeansNothingToAJobThatRunsOnce() {
    var job = job("running", null, NEXT);

    assertThat(JobSchedule.changed(job, new JobChange(no(), no(), no(), opt(""), no()), NOW))
        .isSameAs(job);
  }

  @Test
  void aJobThatRunsOnceIsResumedForATimeAhead() {
    var change = new JobChange(no(), no(), opt("running"), no(), no());

    var resumed = JobSchedule.changed(job("paused", null, NEXT), change, NOW);

    assertThat(resumed.status()).isEqualTo(JobStatus.RUNNING);
    assertThat(resumed.nextExecutionTime()).isEqualTo(NEXT);
    assertInvalid(
        () -> JobSchedule.changed(job("paused", null, NOW.plusSeconds(59)), change, NOW), NOTICE);
  }

  @Test
  void nameAndInputChangeAlone() {
    var changed =
        JobSchedule.changed(
            job("running", "*/5 * * * *", NEXT),
            new JobChange(opt("new"), opt(""), no(), no(), no()),
            NOW);

    assertThat(changed.name()).isEqualTo("new");
    assertThat(changed.functionInput()).isEmpty();
    assertThat(changed.nextExecutionTime()).isEqualTo(NEXT);
    assertThat(changed.updatedAt()).isEqualTo(NOW);
  }

  @Test
  void whatChangesNothingIsNoChange() {
    var job = job("running", "*/5 * * * *", NEXT);

    assertThat(JobSchedule.changed(job, new JobChange(no(), no(), no(), no(), no()), NOW))
        .isSameAs(job);
  }

  private static NewJob wanted(String pattern, String time, Integer count) {
    return new NewJob(
        no(), opt("f"), no(), 0, no(), opt(pattern), Optional.ofNullable(count), opt(time));
  }

  private static JobRecord job(String status, String pattern, Instant next) {
    return new JobRecord(
        "j",
        "p1",
        "name",
        "f",
        null,
        0,
        "input",
        JobStatus.of(status),
        pattern,
        3,
        next,
        next,
        NOW,
        null);
  }

  private static Optional<String> opt(String text) {
    return Optional.ofNullable(text);
  }

  private static Optional<String> no() {
    return Optional.empty();
  }

  private static void assertInvalid(ThrowingCallable call, String reason) {
    assertThatThrownBy(call)
        .hasMessageContaining(reason)
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }
}
