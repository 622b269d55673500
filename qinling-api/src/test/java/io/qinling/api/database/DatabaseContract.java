// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every database does alike. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class DatabaseContract {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678901Z");
  private static final String SELECT = "SELECT id, description, created_at FROM executions";

  private final DatabaseKind kind;
  private TestDatabase test;
  private Database database;

  /** Each test has a project of its own. */
  private String project;

  DatabaseContract(DatabaseKind kind) {
    this.kind = kind;
  }

  private record Row(String id, String description, Instant createdAt) implements Database.Listed {}

  @BeforeAll
  void open() {
    test = TestDatabase.migrated(kind);
    database = test.open();
  }

  @AfterAll
  void close() {
    test.close();
  }

  @BeforeEach
  void chooseProject() {
    project = UUID.randomUUID().toString();
  }

  @Test
  void timesAreKeptToTheMicrosecondAndCutOff() {
    insert("a", "text", Instant.parse("2030-01-02T03:04:05.678901999Z"));

    assertThat(list(Condition.ALL)).containsExactly(new Row(id("a"), "text", NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "ends with blank ",
        "'\"\\;--",
        "Grüße, 世界 🚀",
        "a\tb\r\nc",
        "null",
        "%_"
      })
  void textsComeBackAsTheyWere(String text) {
    insert("a", text, NOW);

    assertThat(list(Condition.equal("description", text)))
        .extracting(Row::description)
        .containsExactly(text);
  }

  @Test
  void nullCharactersAreReplaced() {
    insert("a", "a\0b", NOW);

    assertThat(list(Condition.ALL)).extracting(Row::description).containsExactly("a\uFFFDb");
  }

  @Test
  void textsAreComparedByTheirCharactersCodes() {
    var texts = List.of("A", "B", "Z", "a", "a ", "a-b", "ab", "b", "ä", "世");
    texts.forEach(text -> insert(text, text, NOW));

    assertThat(found("gte:a")).containsExactlyInAnyOrder("a", "a ", "a-b", "ab", "b", "ä", "世");
    assertThat(found("lt:a")).containsExactlyInAnyOrder("A", "B", "Z");
    assertThat(found("lte:a-b")).containsExactlyInAnyOrder("A", "B", "Z", "a", "a ", "a-b");
    assertThat(found("gt:z")).containsExactlyInAnyOrder("ä", "世");
    assertThat(found("eq:a")).containsExactly("a");
    assertThat(found("in:a,b,ä")).containsExactlyInAnyOrder("a", "b", "ä");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "has:b abc",
        "has:a%c abc,a|c",
        "has:_bc abc",
        "has:A ABC",
        "has:\\ a\\c",
        "has:| a|c",
        "has:\\% a\\c",
        "has:|| ''",
        "has:\\\\ ''"
      })
  void hasTakesPerCentSignsAndUnderscoresOnlyAsWildcards(String filter, String expected) {
    for (var text : List.of("abc", "ABC", "a\\c", "a|c", "xyz")) {
      insert(text, text, NOW);
    }
    insert("null", null, NOW);

    var wanted = new ArrayList<>(List.of(expected.split(",", -1)));
    wanted.remove("");
    if (filter.equals("has:a%c")) {
      wanted.add("a\\c");
    }
    assertThat(found(filter)).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void nothingIsNeitherEqualNorDifferent() {
    insert("null", null, NOW);
    insert("a", "a", NOW);
    insert("b", "b", NOW);

    assertThat(found("neq:a")).containsExactly("b");
    assertThat(found("nin:a,c")).containsExactly("b");
    assertThat(found("in:")).isEmpty();
    assertThat(found("")).isEmpty();
  }

  @Test
  void listsAreInTheOrderOfTimeAndIdAcrossPages() {
    var expected = new ArrayList<String>();
    for (int i = 0; i < 450; i++) {
      // Many at the same time, as rows of upstream have seconds only.
      var name = "%03d".formatted((i * 7919) % 450);
      insert(name, "x", NOW.plusSeconds(Integer.parseInt(name) / 300));
      expected.add(id("%03d".formatted(i)));
    }

    assertThat(list(Condition.equal("status", "success")))
        .extracting(Row::id)
        .containsExactlyElementsOf(expected);
  }

  @Test
  void whatExistsAlreadyIsInvalid() {
    insert("a", "a", NOW);

    assertThatThrownBy(() -> insert("a", "b", NOW))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }

  @Test
  void aTransactionIsUndoneAsAWhole() {
    assertThatThrownBy(() ->
            database.inTransaction(connection -> {
              try (var statement = connection.createStatement()) {
                statement.executeUpdate(
                    "INSERT INTO executions (id, project_id, status, created_at) VALUES ('"
                        + id("a")
                        + "', '"
                        + project
                        + "', 'success', '2030-01-01 00:00:00')");
              }
              throw new IllegalArgumentException("no");
            }))
        .hasMessage("no");

    assertThat(list(Condition.ALL)).isEmpty();
  }

  /** Each locks one row, then wants the other's. */
  @Test
  void transactionsInEachOthersWayAreRunAgain() throws Exception {
    insert("a", "0", NOW);
    insert("b", "0", NOW);
    var bothHoldOne = new CyclicBarrier(2);

    try (var executor = Executors.newFixedThreadPool(2)) {
      var one = executor.submit(() -> changeBoth("a", "b", bothHoldOne));
      var other = executor.submit(() -> changeBoth("b", "a", bothHoldOne));
      one.get();
      other.get();
    }

    assertThat(list(Condition.ALL)).extracting(Row::description).containsExactly("011", "011");
  }

  private Void changeBoth(String first, String second, CyclicBarrier barrier) {
    var attempts = new ArrayList<Integer>();
    return database.inTransaction(connection -> {
      var sql = "UPDATE executions SET description = CONCAT(description, '1') WHERE id = ?";
      try (var update = connection.prepareStatement(sql)) {
        Rows.set(update, id(first));
        update.executeUpdate();
        if (attempts.isEmpty()) {
          attempts.add(1);
          barrier.await();
        }
        Rows.set(update, id(second));
        update.executeUpdate();
        return null;
      } catch (java.util.concurrent.BrokenBarrierException | InterruptedException broken) {
        throw new IllegalStateException(broken);
      }
    });
  }

  @Test
  void aLostConnectionIsAnOutage() {
    assumeThat(kind).as("H2 is in this process").isNotEqualTo(DatabaseKind.H2);
    boolean mariaDb = kind == DatabaseKind.MARIADB;
    assertThatThrownBy(() ->
            database.inTransaction(connection -> {
              long session =
                  number(
                      connection, mariaDb ? "SELECT CONNECTION_ID()" : "SELECT pg_backend_pid()");
              database.run(other -> {
                try (var statement = other.createStatement()) {
                  return statement.execute(
                      mariaDb ? "KILL " + session : "SELECT pg_terminate_backend(" + session + ")");
                }
              });
              return number(connection, "SELECT COUNT(*) FROM executions");
            }))
        .satisfies(DatabaseContract::isUnavailable);
  }

  @Test
  void aServerThatIsNotThereIsAnOutage() {
    assumeThat(kind).as("H2 is in this process").isNotEqualTo(DatabaseKind.H2);
    var url =
        new DatabaseUrl(
            kind, test.url().jdbc().replaceFirst("127.0.0.1:[0-9]+", "127.0.0.1:1"), "u", "p");

    assertThatThrownBy(() -> new Database(url.unpooled()).execute("SELECT 1"))
        .satisfies(DatabaseContract::isUnavailable);
    assertThatThrownBy(() -> new Schema(url).migrate()).satisfies(DatabaseContract::isUnavailable);
  }

  private static void isUnavailable(Throwable failed) {
    assertThat(failed)
        .isInstanceOfSatisfying(
            QinlingException.class,
            outage -> assertThat(outage.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void severalProcessesMayMigrateAnEmptyDatabaseAtOnce() throws Exception {
    try (var empty = TestDatabase.empty(kind);
        var executor = Executors.newFixedThreadPool(3)) {
      Callable<Void> migrate =
          () -> {
            new Schema(empty.url()).migrate();
            return null;
          };
      for (var migrated : executor.invokeAll(List.of(migrate, migrate, migrate))) {
        migrated.get();
      }

      var schema = new Schema(empty.url());
      assertThat(schema.pending()).isEmpty();
      assertThat(schema.history()).allMatch(migration -> migration.endsWith("(Success)"));
    }
  }

  /** MariaDB cannot undo the statements that went well. */
  @Test
  void aMigrationThatFailedHalfWayIsRunAgain() throws Exception {
    try (var half = TestDatabase.migrated(kind)) {
      half.script(
          "UPDATE \"flyway_schema_history\" SET \"success\" = FALSE WHERE \"version\" = '2';\n"
              .replace("\"", kind == DatabaseKind.MARIADB ? "`" : "\""));

      new Schema(half.url()).migrate();

      assertThat(new Schema(half.url()).history())
          .allMatch(migration -> migration.endsWith("(Success)"));
    }
  }

  @Test
  void sessionsHaveTheTimeOfUtc() {
    assumeThat(kind).as("H2 has the process's time").isNotEqualTo(DatabaseKind.H2);
    var now = Instant.now();
    database.execute(
        "INSERT INTO executions (id, project_id, status, created_at) VALUES (?, ?, 'success',"
            + " CURRENT_TIMESTAMP)",
        id("a"),
        project);

    assertThat(list(Condition.ALL).getFirst().createdAt())
        .isBetween(now.minusSeconds(60), now.plusSeconds(60));
  }

  private List<String> found(String filter) {
    return list(Condition.filter("description", filter)).stream().map(Row::description).toList();
  }

  private List<Row> list(Condition condition) {
    var found = new ArrayList<Row>();
    database.forEach(
        SELECT,
        Condition.equal("project_id", project).and(condition),
        row ->
            new Row(
                row.getString("id"), row.getString("description"), Rows.instant(row, "created_at")),
        found::add);
    return found;
  }

  private void insert(String name, String description, Instant createdAt) {
    database.execute(
        "INSERT INTO executions (id, project_id, status, description, created_at)"
            + " VALUES (?, ?, 'success', ?, ?)",
        id(name),
        project,
        description,
        createdAt);
  }

  private String id(String name) {
    return project.substring(0, 20) + name;
  }
}
