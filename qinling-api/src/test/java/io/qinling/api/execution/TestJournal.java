// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
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
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestJournal {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678901Z");

  private final JdbcDataSource dataSource = new JdbcDataSource();
  private Database database;
  private ExecutionStore store;
  private Journal journal;

  @BeforeEach
  void open() {
    dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;NON_KEYWORDS=COUNT");
    Flyway.configure().dataSource(dataSource).load().migrate();
    database = new Database(dataSource);
    store = new ExecutionStore(database);
    journal = new Journal(new JournalWriter(database, true, Clock.systemUTC()));
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

    journal.end(execution, success("1"));

    assertThat(store.find(execution.id())).contains(execution.ended(success("1")));
    assertThat(store.log(execution.id())).contains("log");
  }

  @Test
  void anExecutionThatEndsAtOnceIsWrittenWhole() {
    var execution = running();
    journal.beginSoon(execution);

    journal.end(execution, success("1"));

    assertThat(store.find(execution.id())).contains(execution.ended(success("1")));
  }

  @Test
  void aFinalStateIsWrittenOnce() {
    var execution = running();
    journal.begin(execution);
    journal.end(execution, success("first"));

    journal.end(execution, success("second"));

    assertThat(store.find(execution.id())).contains(execution.ended(success("first")));
  }

  @Test
  void aRemovedExecutionStaysRemoved() {
    var execution = running();
    journal.begin(execution);
    journal.remove(execution.id());

    journal.end(execution, success("1"));

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
    insertFunction("f");
    for (int i = 0; i < 3; i++) {
      var execution = running();
      journal.begin(execution);
      journal.end(execution, success("1"));
    }
    var refused = running();
    journal.beginSoon(refused);
    journal.remove(refused.id());

    assertThat(count("f")).isEqualTo(3);
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
    store.forEach(Condition.ALL, execution -> ids.add(execution.id()));
    return ids;
  }

  private static ExecutionRecord running() {
    return new ExecutionRecord(
        UUID.randomUUID().toString(),
        "default",
        null,
        "f",
        0,
        ExecutionStatus.RUNNING,
        true,
        "{\"a\": 1}",
        null,
        null,
        NOW,
        null);
  }

  private static ExecutionEnd success(String output) {
    return new ExecutionEnd(ExecutionStatus.SUCCESS, "{\"output\": " + output + "}", "log", NOW);
  }

  private void insertFunction(String id) {
    database.run(connection -> {
      try (var statement = connection.createStatement()) {
        return statement.executeUpdate(
            "INSERT INTO functions (id, project_id, code) VALUES ('" + id + "', 'default', '{}')");
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
