// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static io.qinling.api.job.JobFixture.ALIAS;
import static io.qinling.api.job.JobFixture.GRACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When jobs run, on every database. */
@Timeout(60)
@TestInstance(Lifecycle.PER_CLASS)
abstract class JobSchedulerContract {
  private static final Instant DUE = Instant.parse("2026-11-22T18:00:00Z");
  private static final Instant AFTER = Instant.parse("2026-11-22T18:05:00Z");
  private static final String PATTERN = "*/5 * * * *";

  private final DatabaseKind kind;
  private TestDatabase test;
  private JobFixture fixture;

  JobSchedulerContract(DatabaseKind kind) {
    this.kind = kind;
  }

  @BeforeAll
  void migrate() {
    test = TestDatabase.migrated(kind);
  }

  @AfterAll
  void remove() {
    test.close();
  }

  @BeforeEach
  void open() {
    fixture = new JobFixture(kind, test);
    fixture.clock.turnTo(DUE);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aJobIsRunWhenItIsDueAndNotBefore() {
    var job = fixture.recurring(PATTERN, null, DUE);
    var scheduler = fixture.scheduler();
    fixture.clock.turnTo(DUE.minusNanos(1000));

    scheduler.runDue();
    assertThat(fixture.executions(job)).isEmpty();
    fixture.clock.turnTo(DUE);
    scheduler.runDue();

    assertThat(fixture.executions(job)).hasSize(1);
    assertThat(fixture.now(job)).isEqualTo(job.movedTo(Optional.of(AFTER), DUE));
  }

  @Test
  void aJobIsRunOncePerDueTime() {
    var job = fixture.recurring(PATTERN, null, DUE);
    var scheduler = fixture.scheduler();

    for (int minute = 0; minute < 15; minute++) {
      fixture.clock.turnTo(DUE.plus(Duration.ofMinutes(minute)));
      scheduler.runDue();
      scheduler.runDue();
    }

    assertThat(fixture.executions(job)).hasSize(3);
  }

  @Test
  void theNextLookIsWhenTheNextJobIsDueOrSoon() {
    var soon = DUE.plusMillis(300);
    fixture.recurring(PATTERN, null, soon);
    var scheduler = fixture.scheduler();

    assertThat(scheduler.runDue()).isEqualTo(soon);
    fixture.clock.turnTo(soon);
    assertThat(scheduler.runDue()).isEqualTo(soon.plus(JobScheduler.LOOKAHEAD));
  }

  @Test
  void anAliasIsLookedUpAtEachRun() {
    var job = fixture.ofAlias(ALIAS, DUE);

    fixture.scheduler().runDue();

    assertThat(fixture.executions(job)).hasSize(1);
  }

  @Test
  void severalSchedulersRunADueTimeOnce() throws Exception {
    var jobs = IntStream.range(0, 30).mapToObj(i -> fixture.recurring(PATTERN, 5, DUE)).toList();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Instant>> processes =
          IntStream.range(0, 4)
              .mapToObj(i -> {
                var scheduler = fixture.scheduler(fixture.starter, threads);
                return (Callable<Instant>) scheduler::runDue;
              })
              .toList();

      threads.invokeAll(processes);
    }

    for (var job : jobs) {
      assertThat(fixture.executions(job)).hasSize(1);
      assertThat(fixture.now(job).count()).isEqualTo(4);
      assertThat(fixture.now(job).nextExecutionTime()).isEqualTo(AFTER);
    }
  }

  @Test
  void aChangeDuringAStartIsNotLost() throws Exception {
    var job = fixture.recurring(PATTERN, null, DUE);
    var pausing =
        Thread.ofVirtual().unstarted(() -> fixture.store.change(job.id(), now -> now.paused(DUE)));
    var slow =
        new JobStarter() {
          @Override
          public void start(JobRecord due, String executionId) {
            pausing.start();
            try {
              assertThat(pausing.join(Duration.ofMillis(300))).as("paused meanwhile").isFalse();
            } catch (InterruptedException unexpected) {
              throw new IllegalStateException(unexpected);
            }
            fixture.starter.start(due, executionId);
          }

          @Override
          public boolean hasStarted(JobRecord due, String executionId) {
            return false;
          }
        };

    fixture.scheduler(slow, Runnable::run).runDue();
    pausing.join();

    assertThat(fixture.executions(job)).hasSize(1);
    assertThat(fixture.now(job).status()).isEqualTo(JobStatus.PAUSED);
    assertThat(fixture.now(job).nextExecutionTime()).isEqualTo(AFTER);
  }

  /** The end of a process, which nothing catches. */
  private static final class Killed extends Error {}

  private final class KilledAfterStart implements JobStarter {
    @Override
    public void start(JobRecord job, String executionId) {
      fixture.starter.start(job, executionId);
      throw new Killed();
    }

    @Override
    public boolean hasStarted(JobRecord job, String executionId) {
      return fixture.starter.hasStarted(job, executionId);
    }
  }

  @Test
  void aProcessKilledAfterTheStartNeitherLosesNorRepeatsTheRun() {
    var job = fixture.recurring(PATTERN, 2, DUE);
    var killed = fixture.scheduler(new KilledAfterStart(), Runnable::run);
    assertThatThrownBy(killed::runDue).isInstanceOf(Killed.class);
    var started = fixture.executions(job);
    assertThat(started).hasSize(1);
    assertThat(fixture.now(job)).isEqualTo(job);

    fixture.scheduler().runDue();

    assertThat(fixture.executions(job)).isEqualTo(started);
    assertThat(fixture.now(job).count()).isEqualTo(1);
    assertThat(fixture.now(job).nextExecutionTime()).isEqualTo(AFTER);
  }

  @Test
  void aRunThatWasStartedBeforeALongOutageIsCounted() {
    var job = fixture.recurring(PATTERN, 2, DUE);
    var killed = fixture.scheduler(new KilledAfterStart(), Runnable::run);
    assertThatThrownBy(killed::runDue).isInstanceOf(Killed.class);
    fixture.clock.turnTo(DUE.plus(Duration.ofMinutes(3)));

    fixture.scheduler().runDue();

    assertThat(fixture.executions(job)).hasSize(1);
    assertThat(fixture.now(job).count()).isEqualTo(1);
  }

  @Test
  void aProcessKilledBeforeTheStartLosesNothing() {
    var job = fixture.oneShot(DUE);
    var killed = fixture.scheduler(failing(new Killed()), Runnable::run);
    assertThatThrownBy(killed::runDue).isInstanceOf(Killed.class);
    assertThat(fixture.executions(job)).isEmpty();

    fixture.scheduler().runDue();

    assertThat(fixture.executions(job)).hasSize(1);
    assertThat(fixture.now(job).status()).isEqualTo(JobStatus.DONE);
  }

  @Test
  void aRunIsDurableBeforeTheJobIsMoved() {
    var job = fixture.recurring(PATTERN, null, DUE);
    var seen = new ArrayList<Instant>();
    var looking =
        new JobStarter() {
          @Override
          public void start(JobRecord due, String executionId) {
            fixture.starter.start(due, executionId);
            assertThat(fixture.executions(job)).containsExactly(executionId);
            seen.add(fixture.now(job).nextExecutionTime());
          }

          @Override
          public boolean hasStarted(JobRecord due, String executionId) {
            return false;
          }
        };

    fixture.scheduler(looking, Runnable::run).runDue();

    assertThat(seen).containsExactly(DUE);
  }

  @Test
  void aBadJobHurtsNoOther() {
    var aliasGone = fixture.ofAlias("gone", DUE);
    var patternUnknown = fixture.recurring("every day", null, DUE);
    var functionGone = fixture.oneShot(DUE);
    fixture.database.execute("UPDATE jobs SET function_id = NULL WHERE id = ?", functionGone.id());
    fixture.insertRuntime("building", "creating");
    fixture.insertFunction("f-building", JobFixture.PROJECT, "building");
    var good = fixture.recurring(PATTERN, null, DUE);
    var noRuntime = fixture.recurring(PATTERN, 2, DUE);
    fixture.database.execute(
        "UPDATE jobs SET function_id = 'f-building' WHERE id = ?", noRuntime.id());

    fixture.scheduler().runDue();

    assertThat(fixture.executions(good)).hasSize(1);
    assertThat(fixture.now(aliasGone).status()).isEqualTo(JobStatus.RUNNING);
    assertThat(fixture.now(aliasGone).nextExecutionTime()).isEqualTo(AFTER);
    assertThat(fixture.now(functionGone).status()).isEqualTo(JobStatus.DONE);
    assertThat(fixture.now(patternUnknown).status()).isEqualTo(JobStatus.PAUSED);
    assertThat(fixture.now(noRuntime).count()).isEqualTo(1);
    assertThat(fixture.now(noRuntime).nextExecutionTime()).isEqualTo(AFTER);
  }

  @Test
  void aDefectOfOneJobHurtsNoOther() {
    var bad = fixture.recurring(PATTERN, null, DUE);
    var good = fixture.recurring(PATTERN, null, DUE.plusMillis(1));
    fixture.clock.turnTo(DUE.plusMillis(1));
    var defective =
        new JobStarter() {
          @Override
          public void start(JobRecord job, String executionId) {
            if (job.id().equals(bad.id())) {
              throw new IllegalStateException("a defect");
            }
            fixture.starter.start(job, executionId);
          }

          @Override
          public boolean hasStarted(JobRecord job, String executionId) {
            return false;
          }
        };

    fixture.scheduler(defective, Runnable::run).runDue();

    assertThat(fixture.executions(good)).hasSize(1);
    assertThat(fixture.now(bad)).isEqualTo(bad);
  }

  @ParameterizedTest
  @CsvSource({"OVERLOADED", "UNAVAILABLE"})
  void whatCannotBeStartedNowIsTriedAgainAfterAPause(ErrorCode code) {
    var job = fixture.recurring(PATTERN, 2, DUE);
    var attempts = new ArrayList<Instant>();
    var overloaded =
        new JobStarter() {
          @Override
          public void start(JobRecord due, String executionId) {
            attempts.add(fixture.clock.instant());
            if (attempts.size() < 3) {
              throw new QinlingException(code, "busy");
            }
            fixture.starter.start(due, executionId);
          }

          @Override
          public boolean hasStarted(JobRecord due, String executionId) {
            return false;
          }
        };
    var scheduler = fixture.scheduler(overloaded, Runnable::run);

    for (int tick = 0; tick < 40; tick++) {
      fixture.clock.turnTo(DUE.plusMillis(100L * tick));
      scheduler.runDue();
    }

    assertThat(attempts).containsExactly(DUE, DUE.plusMillis(500), DUE.plusMillis(1500));
    assertThat(fixture.executions(job)).hasSize(1);
    assertThat(fixture.now(job).count()).isEqualTo(1);
  }

  @Test
  void whatCouldNotBeStartedInTimeIsSkippedAndNotCounted() {
    var job = fixture.recurring(PATTERN, 2, DUE);
    var overloaded = failing(new QinlingException(ErrorCode.OVERLOADED, "busy"));
    var scheduler = fixture.scheduler(overloaded, Runnable::run);

    for (int second = 0; second < 100; second++) {
      fixture.clock.turnTo(DUE.plusSeconds(second));
      scheduler.runDue();
    }

    assertThat(fixture.executions(job)).isEmpty();
    assertThat(fixture.now(job).count()).isEqualTo(2);
    assertThat(fixture.now(job).nextExecutionTime()).isEqualTo(AFTER);
  }

  @ParameterizedTest
  @CsvSource({
    // pattern, minutes and seconds late, runs, next
    "*/5 * * * *,        1,  0, 1, 2026-11-22T18:05:00Z",
    "*/5 * * * *,        1,  1, 0, 2026-11-22T18:05:00Z",
    "*/5 * * * *,       10,  0, 1, 2026-11-22T18:15:00Z",
    "*/5 * * * *,       10, 30, 1, 2026-11-22T18:15:00Z",
    "*/5 * * * *,       12,  0, 0, 2026-11-22T18:15:00Z",
    "* * * * * */2,      0, 31, 1, 2026-11-22T18:00:32Z",
    "* * * * *,       1440, 30, 1, 2026-11-23T18:01:00Z",
    "0 18 * * *,      1500,  0, 0, 2026-11-24T18:00:00Z",
  })
  void ofMissedRunsOneIsMadeUpForIfItIsNotTooLate(
      String pattern, int minutes, int seconds, int runs, Instant next) {
    var job = fixture.recurring(pattern, null, DUE);
    fixture.clock.turnTo(DUE.plus(Duration.ofMinutes(minutes)).plusSeconds(seconds));

    fixture.scheduler().runDue();

    assertThat(fixture.executions(job)).hasSize(runs);
    assertThat(fixture.now(job).nextExecutionTime()).isEqualTo(next);
  }

  @Test
  void aJobThatRunsOnceIsRunHoweverLate() {
    var job = fixture.oneShot(DUE);
    fixture.clock.turnTo(DUE.plus(Duration.ofDays(3)));
    var scheduler = fixture.scheduler();

    scheduler.runDue();
    scheduler.runDue();

    assertThat(fixture.executions(job)).hasSize(1);
    assertThat(fixture.now(job).status()).isEqualTo(JobStatus.DONE);
    assertThat(fixture.now(job).count()).isZero();
    assertThat(fixture.now(job).nextExecutionTime()).isEqualTo(DUE);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, 4, running, -",
        "3, 3, done, 0",
        "1, 1, done, 0",
        "0, 1, done, 0",
        "-2, 4, running, -2"
      })
  void aJobRunsAsOftenAsItsCountSays(Integer count, int runs, String status, Integer left) {
    var job = fixture.recurring(PATTERN, count, DUE);
    var scheduler = fixture.scheduler();

    for (int i = 0; i < 4; i++) {
      fixture.clock.turnTo(DUE.plus(Duration.ofMinutes(5L * i)));
      scheduler.runDue();
    }

    assertThat(fixture.executions(job)).hasSize(runs);
    assertThat(fixture.now(job).status().text()).isEqualTo(status);
    assertThat(fixture.now(job).count()).isEqualTo(left);
  }

  @Test
  void aPausedJobIsNotRunUntilItIsResumed() {
    var job = fixture.recurring(PATTERN, null, DUE);
    set(job, JobStatus.PAUSED, DUE);
    var scheduler = fixture.scheduler();

    scheduler.runDue();
    assertThat(fixture.executions(job)).isEmpty();
    set(job, JobStatus.RUNNING, AFTER);
    scheduler.runDue();
    assertThat(fixture.executions(job)).isEmpty();
    fixture.clock.turnTo(AFTER);
    scheduler.runDue();

    assertThat(fixture.executions(job)).hasSize(1);
  }

  @Test
  void aJobThatIsPausedMovedOrDeletedAtTheLastMomentIsNotRun() {
    var paused = fixture.recurring(PATTERN, null, DUE);
    var moved = fixture.recurring(PATTERN, null, DUE);
    var deleted = fixture.recurring(PATTERN, null, DUE);
    var held = new ArrayList<Runnable>();
    fixture.scheduler(fixture.starter, held::add).runDue();
    set(paused, JobStatus.PAUSED, DUE);
    set(moved, JobStatus.RUNNING, AFTER);
    fixture.store.delete(deleted.id());

    held.forEach(Runnable::run);

    assertThat(held).hasSize(3);
    assertThat(fixture.executions(paused)).isEmpty();
    assertThat(fixture.executions(moved)).isEmpty();
    assertThat(fixture.executions(deleted)).isEmpty();
  }

  private void set(JobRecord job, JobStatus status, Instant next) {
    fixture.store.change(
        job.id(), now -> now.changed(null, null, status, PATTERN, null, next, DUE));
  }

  @Test
  void aJobThatIsAboutToRunIsNotBegunAgain() {
    fixture.recurring(PATTERN, null, DUE);
    var held = new ArrayList<Runnable>();
    var scheduler = fixture.scheduler(fixture.starter, held::add);

    scheduler.runDue();
    scheduler.runDue();

    assertThat(held).hasSize(1);
  }

  @Test
  void moreJobsThanAPageAreAllRun() {
    fixture.insertMany(2 * JobStore.PAGE + 1, PATTERN, DUE);
    var held = new ArrayList<Runnable>();

    fixture.scheduler(fixture.starter, held::add).runDue();

    assertThat(held).hasSize(2 * JobStore.PAGE + 1);
  }

  @Test
  void aClosedSchedulerStartsNothing() {
    var job = fixture.recurring(PATTERN, null, DUE);
    var scheduler = fixture.scheduler();

    scheduler.close();
    scheduler.runDue();

    assertThat(fixture.now(job)).isEqualTo(job);
    assertThat(fixture.executions(job)).isEmpty();
  }

  @Test
  void theHandlerRunsJobsAtTheirTimes() {
    var starts = new ArrayList<Duration>();
    var clock = Clock.systemUTC();
    var noting =
        new JobStarter() {
          @Override
          public void start(JobRecord job, String executionId) {
            synchronized (starts) {
              starts.add(Duration.between(job.nextExecutionTime(), clock.instant()));
            }
          }

          @Override
          public boolean hasStarted(JobRecord job, String executionId) {
            return false;
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var handler =
            new JobHandler(
                new JobScheduler(fixture.store, noting, threads, clock, GRACE, 4), clock)) {
      handler.start();
      fixture.recurring("* * * * * *", 2, clock.instant().plusMillis(1300));
      fixture.oneShot(clock.instant());
      handler.wake();

      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> {
            synchronized (starts) {
              return starts.size() == 3;
            }
          });
    }

    // None is early, and one that was not kept waiting by a busy machine is at once.
    assertThat(starts).allSatisfy(delay -> assertThat(delay).isGreaterThanOrEqualTo(Duration.ZERO));
    assertThat(Collections.min(starts)).isLessThan(Duration.ofSeconds(1));
  }

  private JobStarter failing(Throwable failure) {
    return new JobStarter() {
      @Override
      public void start(JobRecord job, String executionId) {
        switch (failure) {
          case RuntimeException exception -> throw exception;
          case Error error -> throw error;
          default -> throw new IllegalArgumentException(failure);
        }
      }

      @Override
      public boolean hasStarted(JobRecord job, String executionId) {
        return fixture.starter.hasStarted(job, executionId);
      }
    };
  }
}
