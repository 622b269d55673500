// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static io.qinling.api.job.JobFixture.ALIAS;
import static io.qinling.api.job.JobFixture.FOREIGN_ALIAS;
import static io.qinling.api.job.JobFixture.FOREIGN_FUNCTION;
import static io.qinling.api.job.JobFixture.FUNCTION;
import static io.qinling.api.job.JobFixture.NOW;
import static io.qinling.api.job.JobFixture.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.Condition;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestJobRules {
  private static final Caller OWNER = Caller.inProject(PROJECT);
  private static final Caller OTHER = Caller.inProject("p3");
  private static final Caller ADMIN = new Caller(PROJECT, true, Optional.empty());
  private static final String UNKNOWN = "33333333-3333-4333-8333-333333333333";

  private static TestDatabase test;
  private JobFixture fixture;
  private Jobs jobs;

  @BeforeAll
  static void migrate() {
    test = TestDatabase.migrated(DatabaseKind.H2);
  }

  @AfterAll
  static void remove() {
    test.close();
  }

  @BeforeEach
  void open() {
    fixture = new JobFixture(DatabaseKind.H2, test);
    jobs = fixture.jobs(Policy.ALLOW_ALL);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aNewJobIsKeptAsItIsAnswered() {
    var made = jobs.create(OWNER, wanted(FUNCTION, null, 0));

    assertThat(jobs.get(OWNER, made.id())).isEqualTo(made);
    assertThat(made)
        .isEqualTo(
            new JobRecord(
                made.id(),
                PROJECT,
                "name",
                FUNCTION,
                null,
                0,
                "{}",
                JobStatus.RUNNING,
                "*/5 * * * *",
                null,
                Instant.parse("2026-11-22T17:30:00Z"),
                Instant.parse("2026-11-22T17:30:00Z"),
                NOW,
                null));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        FUNCTION + ", -, 0, -",
        "-, " + ALIAS + ", 0, -",
        FUNCTION + ", " + ALIAS + ", 7, -",
        "-, -, 0, INVALID_INPUT",
        UNKNOWN + ", -, 0, NOT_FOUND",
        FUNCTION + ", -, 1, NOT_FOUND",
        "-, none, 0, NOT_FOUND",
        "-, " + FOREIGN_ALIAS + ", 0, NOT_FOUND",
        FOREIGN_FUNCTION + ", -, 0, NOT_FOUND",
        FOREIGN_FUNCTION + ", " + ALIAS + ", 0, NOT_FOUND",
      })
  void jobsRunWhatIsTheirProjectsOwn(
      String function, String alias, int version, ErrorCode refusal) {
    for (var caller : new Caller[] {OWNER, ADMIN}) {
      if (refusal == null) {
        var made = jobs.create(caller, wanted(function, alias, version));
        assertThat(made.functionId()).isEqualTo(function);
        assertThat(made.functionAlias()).isEqualTo(alias);
        assertThat(made.functionVersion()).isEqualTo(version);
      } else {
        assertRefused(() -> jobs.create(caller, wanted(function, alias, version)), refusal);
      }
    }
  }

  @Test
  void jobsOfOtherProjectsAreThereForAdministratorsOnly() {
    var id = jobs.create(OWNER, wanted(FUNCTION, null, 0)).id();
    var admin = new Caller("p3", true, Optional.empty());

    assertRefused(() -> jobs.get(OTHER, id), ErrorCode.NOT_FOUND);
    assertRefused(() -> jobs.update(OTHER, id, paused()), ErrorCode.NOT_FOUND);
    assertRefused(() -> jobs.delete(OTHER, id), ErrorCode.NOT_FOUND);
    assertThat(jobs.update(admin, id, paused()).status()).isEqualTo(JobStatus.PAUSED);
    jobs.delete(admin, id);
    assertRefused(() -> jobs.get(admin, id), ErrorCode.NOT_FOUND);
  }

  @Test
  void thePolicyIsAskedWithTheProjectOfTheJob() {
    var asked = new ArrayList<String>();
    var asking = fixture.jobs((caller, rule, owner) -> asked.add(rule.key() + " " + owner));
    var admin = new Caller("p3", true, Optional.empty());
    var id = asking.create(OWNER, wanted(FUNCTION, null, 0)).id();

    asking.get(admin, id);
    asking.update(admin, id, paused());
    asking.delete(admin, id);

    assertThat(asked)
        .containsExactly("job:create p1", "job:get p1", "job:update p1", "job:delete p1");
  }

  @Test
  void whoeverMayNotMakeJobsHearsNothingElse() {
    var refusing =
        fixture.jobs((caller, rule, owner) -> {
          throw new QinlingException(ErrorCode.NOT_ALLOWED, "Operation not allowed");
        });

    assertRefused(() -> refusing.create(OWNER, wanted(null, null, 0)), ErrorCode.NOT_ALLOWED);
  }

  @Test
  void aListCanBeFilteredByFunctionStatusAndName() {
    var made = jobs.create(OWNER, wanted(FUNCTION, null, 0));
    var ofAlias = jobs.create(OWNER, wanted(null, ALIAS, 0));
    jobs.update(OWNER, ofAlias.id(), paused());

    assertThat(ids(Condition.filter("status", "neq:paused"))).containsExactly(made.id());
    assertThat(ids(Condition.filter("function_id", FUNCTION))).containsExactly(made.id());
    assertThat(ids(Condition.filter("name", "has:am"))).contains(made.id(), ofAlias.id());
  }

  private List<String> ids(Condition condition) {
    var ids = new ArrayList<String>();
    jobs.forEach(condition, job -> ids.add(job.id()));
    return ids;
  }

  @Test
  void theSchedulerIsToldOfWhatChanges() {
    var told = new ArrayList<String>();
    var telling =
        new Jobs(
            fixture.store,
            fixture.targets,
            Policy.ALLOW_ALL,
            fixture.clock,
            () -> told.add("changed"));

    var id = telling.create(OWNER, wanted(FUNCTION, null, 0)).id();
    telling.update(OWNER, id, paused());

    assertThat(told).hasSize(2);
  }

  private static NewJob wanted(String function, String alias, int version) {
    return new NewJob(
        Optional.of("name"),
        Optional.ofNullable(function),
        Optional.ofNullable(alias),
        version,
        Optional.of("{}"),
        Optional.of("*/5 * * * *"),
        Optional.empty(),
        Optional.empty());
  }

  private static JobChange paused() {
    return new JobChange(
        Optional.empty(),
        Optional.empty(),
        Optional.of("paused"),
        Optional.empty(),
        Optional.empty());
  }

  private static void assertRefused(ThrowingCallable call, ErrorCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            QinlingException.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }
}
