// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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

/** How executions are written and read, on every database. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class JournalContract {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678901Z");

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String API = "00000000-0000-4000-8000-000000000001";

  private final DatabaseKind kind;
  private TestDatabase test;
  private Database database;
  private ExecutionStore store;
  private Journal journal;

  /** Each test has a project and a function of its own. */
  private String project;

  private String function;

  JournalContract(DatabaseKind kind) {
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
    database = test.open();
    store = new ExecutionStore(database);
    journal = newJournal();
    project = UUID.randomUUID().toString();
    function = UUID.randomUUID().toString();
  }

  private Journal newJournal() {
    return new Journal(
        new JournalWriter(database, kind == DatabaseKind.H2, Clock.systemUTC(), () -> API));
  }

  @AfterEach
  void close() {
    journal.close();
  }

  @Test
  void whatWasBegunIsThereWhenTheCallReturns() {
    var execution = running();

    journal.begin(execution);

    assertThat(store.find(execution.id())).contains(execution);
  }

  @Test
  void whatWasBegunSoonIsThereSoon() {
    var execution = running();

    journal.beginSoon(execution);

    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(store.find(execution.id())).contains(execution));
  }

  @Test
  void anEndIsWrittenWithItsResultAndLog() {
    var execution = running();
    journal.begin(execution);

    journal.end(execution, success("1"), PATIENCE);

    assertThat(store.find(execution.id())).contains(execution.ended(success("1")));
    assertThat(store.log(execution.id())).contains("log");
  }

  @Test
  void anExecutionThatEndsAtOnceIsWrittenWhole() {
    var execution = running();
    journal.beginSoon(execution);

    journal.end(execution, success("1"), PATIENCE);

    assertThat(store.find(execution.id())).contains(execution.ended(success("1")));
  }

  @Test
  void aFinalStateIsWrittenOnce() {
    var execution = running();
    journal.begin(execution);
    journal.end(execution, success("first"), PATIENCE);

    journal.end(execution, success("second"), PATIENCE);

    assertThat(store.find(execution.id())).contains(execution.ended(success("first")));
  }

  @Test
  void aRemovedExecutionStaysRemoved() {
    var execution = running();
    journal.begin(execution);
    journal.remove(execution.id());

    journal.end(execution, success("1"), PATIENCE);

    assertThat(store.find(execution.id())).isEmpty();
  }

  @Test
  void oneThatIsRemovedBeforeItWasWrittenLeavesNoTrace() {
    var execution = running();
    journal.beginSoon(execution);
    journal.remove(execution.id());
    // Begun later, so what was held back before it has been written when this returns.
    journal.begin(running());

    assertThat(store.find(execution.id())).isEmpty();
  }

  @Test
  void anIdThatExistsIsRefusedAndHurtsNobodyElse() throws Exception {
    var execution = running();
    journal.begin(execution);
    var others = IntStream.range(0, 100).mapToObj(i -> running()).toList();
    var begins = new ArrayList<Callable<Void>>();
    for (var other : others) {
      begins.add(() -> {
        journal.begin(other);
        return null;
      });
    }
    begins.add(
        50,
        () -> {
          assertThatThrownBy(() -> journal.begin(execution))
              .satisfies(failure ->
                  assertThat(((QinlingException) failure).code())
                      .isEqualTo(ErrorCode.INVALID_INPUT));
          return null;
        });
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var begun : executor.invokeAll(begins)) {
        begun.get();
      }
    }

    assertThat(ids()).hasSize(101);
  }

  @Test
  void executionsAreCountedForTheirFunctionWhenTheyEnd() {
    insertFunction(function);
    for (int i = 0; i < 3; i++) {
      var execution = running();
      journal.begin(execution);
      journal.end(execution, success("1"), PATIENCE);
    }
    var refused = running();
    journal.beginSoon(refused);
    journal.remove(refused.id());

    assertThat(count(function)).isEqualTo(3);
  }

  @Test
  void anEndThatComesTwiceIsCountedOnce() {
    insertFunction(function);
    var execution = running();
    journal.begin(execution);
    journal.end(execution, success("1"), PATIENCE);
    journal.end(execution, success("2"), PATIENCE);

    assertThat(count(function)).isEqualTo(1);
  }

  @Test
  void largeTextsAreKeptWhole() {
    var large = "🚀".repeat(256 * 1024);
    var execution = running(large);
    journal.begin(execution);
    var end = new ExecutionEnd(ExecutionStatus.FAILED, large, large, null, NOW);

    journal.end(execution, end, PATIENCE);

    assertThat(store.find(execution.id())).contains(execution.ended(end));
    assertThat(store.log(execution.id())).contains(large);
  }

  @Test
  void logsMayHoldAnything() {
    var execution = running();
    journal.begin(execution);

    journal.end(
        execution,
        new ExecutionEnd(ExecutionStatus.SUCCESS, null, "a\0\ud800b", null, NOW),
        PATIENCE);

    assertThat(store.log(execution.id()).orElseThrow()).startsWith("a\uFFFD").endsWith("b");
  }

  @Test
  void severalProcessesCountForTheSameFunctions() throws Exception {
    var functions = IntStream.range(0, 8).mapToObj(i -> UUID.randomUUID().toString()).toList();
    functions.forEach(this::insertFunction);
    var calls = new ArrayList<Callable<Void>>();
    try (var other = newJournal();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 400; i++) {
        var used = i % 2 == 0 ? journal : other;
        function = functions.get((i * 5) % 8);
        var execution = running();
        calls.add(() -> {
          used.beginSoon(execution);
          used.end(execution, success("1"), PATIENCE);
          return null;
        });
      }
      for (var call : executor.invokeAll(calls)) {
        call.get();
      }
    }

    assertThat(functions).allSatisfy(each -> assertThat(count(each)).isEqualTo(50));
    assertThat(ids()).hasSize(400);
  }

  @Test
  void closingWritesWhatWasHeldBack() {
    var execution = running();
    journal.beginSoon(execution);

    journal.close();

    assertThat(store.find(execution.id())).contains(execution);
  }

  private List<String> ids() {
    var ids = new ArrayList<String>();
    store.forEach(Condition.equal("project_id", project), execution -> ids.add(execution.id()));
    return ids;
  }

  private ExecutionRecord running() {
    return running("{\"a\": 1}");
  }

  private ExecutionRecord running(String input) {
    return new ExecutionRecord(
        UUID.randomUUID().toString(),
        project,
        null,
        function,
        0,
        ExecutionStatus.RUNNING,
        true,
        input,
        null,
        null,
        1,
        null,
        NOW,
        null);
  }

  private static ExecutionEnd success(String output) {
    return new ExecutionEnd(
        ExecutionStatus.SUCCESS, "{\"output\": " + output + "}", "log", null, NOW);
  }

  private void insertFunction(String id) {
    database.run(connection -> {
      try (var statement = connection.createStatement()) {
        return statement.executeUpdate(
            "INSERT INTO functions (id, project_id, code) VALUES ('" + id + "', 'p', '{}')");
      }
    });
  }

  private int count(String id) {
    return database.run(connection -> {
      try (var statement = connection.createStatement();
          var rows =
              statement.executeQuery("SELECT count FROM functions WHERE id = '" + id + "'")) {
        rows.next();
        return rows.getInt(1);
      }
    });
  }
}
