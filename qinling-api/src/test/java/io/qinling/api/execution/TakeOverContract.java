// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.Schema;
import io.qinling.api.database.SchemaException;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.function.FunctionStore;
import io.qinling.api.function.Functions;
import io.qinling.api.identity.Caller;
import io.qinling.api.runtime.RuntimeRecord;
import io.qinling.api.runtime.RuntimeStatus;
import io.qinling.api.runtime.RuntimeStore;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a database that Qinling 5 left. */
abstract class TakeOverContract {
  private static final Instant CREATED = Instant.parse("2020-02-29T23:59:59Z");
  private static final Instant UPDATED = Instant.parse("2020-03-01T00:00:00Z");
  private static final String TEXT = "Grüße, 世界 '\"\\%_ ";
  private static final String LONG_LOG = "log\n".repeat(16_000);
  private static final Caller OWNER = new Caller("p", false, Optional.empty());

  private final DatabaseKind kind;
  private TestDatabase test;
  private Database database;

  TakeOverContract(DatabaseKind kind) {
    this.kind = kind;
  }

  @BeforeEach
  void create() {
    test = TestDatabase.empty(kind);
    database = test.open();
  }

  @AfterEach
  void drop() {
    test.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsAreReadAsTheyWere(boolean byServices) throws Exception {
    new UpstreamTables(kind, byServices).createIn(test);
    insertRows();

    new Schema(test.url()).migrate();

    assertThat(new RuntimeStore(database, () -> "none").find("r1"))
        .contains(
            new RuntimeRecord(
                "r1",
                "p",
                TEXT,
                null,
                "image",
                null,
                RuntimeStatus.AVAILABLE,
                false,
                true,
                CREATED,
                UPDATED));
    var function = functions().getCached(OWNER, "f1");
    assertThat(function.name()).isEqualTo(TEXT);
    assertThat(function.codeJson()).isEqualTo("{\"source\": \"package\", \"md5sum\": \"abc\"}");
    assertThat(function.packageDigest()).isNull();
    assertThat(function.timeout()).isEqualTo(5);
    assertThat(function.latestVersion()).isEqualTo(3);
    assertThat(function.revision()).isZero();
    assertThat(function.createdAt()).isEqualTo(CREATED);
    assertThat(function.updatedAt()).isNull();
    var executions = new ExecutionStore(database);
    assertThat(executions.find("e1"))
        .contains(
            new ExecutionRecord(
                "e1",
                "p",
                "alias",
                "f1",
                2,
                ExecutionStatus.SUCCESS,
                true,
                TEXT,
                TEXT,
                TEXT,
                0,
                null,
                CREATED,
                UPDATED));
    assertThat(executions.log("e1")).contains(LONG_LOG);
    assertThat(executions.find("e2"))
        .contains(
            new ExecutionRecord(
                "e2",
                "p",
                null,
                null,
                0,
                ExecutionStatus.FAILED,
                false,
                null,
                null,
                null,
                0,
                null,
                CREATED,
                null));
    assertThat(executions.log("e2")).isEmpty();
    assertThat(texts("SELECT description FROM function_versions")).containsExactly(TEXT);
    assertThat(texts("SELECT name FROM function_aliases")).containsExactly("alias");
    assertThat(texts("SELECT function_input FROM jobs")).containsExactly(TEXT);
    assertThat(texts("SELECT description FROM webhooks")).containsExactly(TEXT);
  }

  @Test
  void missingValuesAreFilled() throws Exception {
    new UpstreamTables(kind, true).createIn(test);
    execute(
        "INSERT INTO runtimes (id, project_id, image, status) VALUES ('r', 'p', 'i', 'available')");
    execute(
        "INSERT INTO functions (id, project_id, code, runtime_id) VALUES ('f', 'p', '{}', 'r')");
    execute(
        "INSERT INTO function_versions (id, project_id, function_id, updated_at)"
            + " VALUES ('v', 'p', 'f', '2020-03-01 00:00:00')");
    execute("INSERT INTO function_versions (id, project_id) VALUES ('orphan', 'p')");
    execute(
        "INSERT INTO function_aliases (id, project_id, name, function_id) VALUES ('a', 'p', 'n', 'f')");
    execute("INSERT INTO executions (id, project_id, status) VALUES ('e', 'p', 'failed')");
    execute(
        "INSERT INTO jobs (id, project_id, status, next_execution_time)"
            + " VALUES ('j', 'p', 'running', '2020-03-01 00:00:00')");
    execute("INSERT INTO webhooks (id, project_id) VALUES ('w', 'p')");

    new Schema(test.url()).migrate();

    var runtime = new RuntimeStore(database, () -> "none").find("r").orElseThrow();
    assertThat(runtime.isPublic()).isTrue();
    assertThat(runtime.trusted()).isTrue();
    assertThat(runtime.createdAt()).isNotNull();
    var function = functions().getCached(OWNER, "f");
    assertThat(function.timeout()).isEqualTo(5);
    assertThat(function.createdAt()).isNotNull();
    assertThat(texts("SELECT id FROM function_versions")).containsExactly("v");
    assertThat(texts("SELECT CAST(created_at AS CHAR(19)) FROM function_versions"))
        .containsExactly("2020-03-01 00:00:00");
    var execution = new ExecutionStore(database).find("e").orElseThrow();
    assertThat(execution.sync()).isTrue();
    assertThat(execution.createdAt()).isNotNull();
    for (var table : List.of("function_aliases", "jobs", "webhooks")) {
      assertThat(texts("SELECT id FROM " + table + " WHERE created_at IS NULL")).isEmpty();
    }
  }

  @Test
  void whatUpstreamLeftRunningIsAnError() throws Exception {
    new UpstreamTables(kind, false).createIn(test);
    for (var id : List.of("e1", "e2")) {
      insert(
          "executions",
          List.of("id", "project_id", "status", "sync", "function_version"),
          id,
          "p",
          "running",
          id.equals("e1"),
          0);
    }

    new Schema(test.url()).migrate();

    var store = new ExecutionStore(database);
    assertThat(store.orphans("any")).isEmpty();
    var ended = store.find("e2").orElseThrow();
    assertThat(ended.status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(ended.updatedAt())
        .isBetween(Instant.now().minusSeconds(120), Instant.now().plusSeconds(5));
  }

  @Test
  void whatWasTakenOverWorksAsNew() throws Exception {
    new UpstreamTables(kind, true).createIn(test);
    insertRows();
    new Schema(test.url()).migrate();
    var store = new ExecutionStore(database);
    var begun =
        new ExecutionRecord(
            "new",
            "p",
            null,
            "f1",
            0,
            ExecutionStatus.RUNNING,
            true,
            "🚀",
            null,
            "🚀",
            1,
            null,
            Instant.parse("2030-01-01T00:00:00.123456Z"),
            null);
    var end =
        new ExecutionEnd(
            ExecutionStatus.SUCCESS,
            "🚀",
            "🚀".repeat(100_000),
            null,
            Instant.parse("2030-01-01T00:00:01.654321Z"));

    var writer = new JournalWriter(database, false, Clock.systemUTC(), () -> "api");
    try (var journal = new Journal(writer)) {
      journal.begin(begun);
      journal.end(begun, end, Duration.ofMinutes(1));
    }

    assertThat(store.find("new")).contains(begun.ended(end));
    assertThat(store.log("new")).contains(end.log());
    var descriptions = new ArrayList<String>();
    store.forEach(Condition.filter("description", "🚀"), each -> descriptions.add(each.id()));
    assertThat(descriptions).containsExactly("new");
    assertThat(functions().getCached(OWNER, "f1").count()).isEqualTo(8);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theTablesEndAsNewOnes(boolean byServices) throws Exception {
    new UpstreamTables(kind, byServices).createIn(test);
    new Schema(test.url()).migrate();

    try (var fresh = TestDatabase.migrated(kind)) {
      assertThat(columns(test)).isEqualTo(columns(fresh));
      assertThat(indexes(test)).containsAll(indexes(fresh));
    }
  }

  @Test
  void severalMayTakeOverAtOnce() throws Exception {
    new UpstreamTables(kind, false).createIn(test);
    insertRows();
    Callable<Void> migrate =
        () -> {
          new Schema(test.url()).migrate();
          return null;
        };

    try (var executor = Executors.newFixedThreadPool(3)) {
      for (var migrated : executor.invokeAll(List.of(migrate, migrate, migrate))) {
        migrated.get();
      }
    }

    assertThat(new Schema(test.url()).pending()).isEmpty();
  }

  @Test
  void anotherRevisionIsRefused() throws Exception {
    new UpstreamTables(kind, false).createIn(test);
    execute("UPDATE alembic_version SET version_num = '010'");

    assertThatThrownBy(() -> new Schema(test.url()).migrate())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("[010]")
        .hasMessageContaining("qinling-db-manage upgrade head");
    assertThat(tables()).doesNotContain("flyway_schema_history");
  }

  @Test
  void missingTablesAreRefused() throws Exception {
    new UpstreamTables(kind, false).createIn(test);
    execute("DROP TABLE webhooks");

    assertThatThrownBy(() -> new Schema(test.url()).migrate()).hasMessageContaining("webhooks");
  }

  @Test
  void tablesOfOthersAreRefused() {
    execute("CREATE TABLE wp_posts (id INT PRIMARY KEY)");

    assertThatThrownBy(() -> new Schema(test.url()).migrate())
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("wp_posts");
    assertThat(tables()).containsExactly("wp_posts");
  }

  private void insertRows() {
    insert(
        "runtimes",
        List.of(
            "id",
            "project_id",
            "name",
            "image",
            "status",
            "is_public",
            "trusted",
            "created_at",
            "updated_at"),
        "r1",
        "p",
        TEXT,
        "image",
        "available",
        false,
        true,
        CREATED,
        UPDATED);
    insert(
        "functions",
        List.of(
            "id",
            "project_id",
            "name",
            "runtime_id",
            "code",
            "entry",
            "count",
            "latest_version",
            "cpu",
            "memory_size",
            "created_at"),
        "f1",
        "p",
        TEXT,
        "r1",
        "{\"source\": \"package\", \"md5sum\": \"abc\"}",
        "main.main",
        7,
        3,
        100,
        33554432,
        CREATED);
    insert(
        "function_versions",
        List.of("id", "project_id", "function_id", "description", "version_number", "count"),
        "v1",
        "p",
        "f1",
        TEXT,
        2,
        0);
    insert(
        "function_aliases",
        List.of("id", "project_id", "function_id", "name", "function_version"),
        "a1",
        "p",
        "f1",
        "alias",
        2);
    insert(
        "executions",
        List.of(
            "id",
            "project_id",
            "function_alias",
            "function_id",
            "function_version",
            "status",
            "sync",
            "input",
            "result",
            "description",
            "logs",
            "created_at",
            "updated_at"),
        "e1",
        "p",
        "alias",
        "f1",
        2,
        "success",
        true,
        TEXT,
        TEXT,
        TEXT,
        LONG_LOG,
        CREATED,
        UPDATED);
    insert(
        "executions",
        List.of("id", "project_id", "function_version", "status", "sync", "created_at"),
        "e2",
        "p",
        0,
        "failed",
        false,
        CREATED);
    insert(
        "jobs",
        List.of(
            "id",
            "project_id",
            "status",
            "next_execution_time",
            "function_id",
            "function_version",
            "function_input"),
        "j1",
        "p",
        "running",
        CREATED,
        "f1",
        0,
        TEXT);
    insert(
        "webhooks",
        List.of("id", "project_id", "function_id", "function_alias", "description"),
        "w1",
        "p",
        "f1",
        "alias",
        TEXT);
  }

  private void insert(String table, List<String> columns, Object... values) {
    var marks = "?, ".repeat(values.length - 1) + "?";
    execute(
        "INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES (" + marks + ")",
        values);
  }

  private void execute(String sql, Object... values) {
    database.execute(sql, values);
  }

  private Functions functions() {
    return new Functions(new FunctionStore(database), null, null, null, null, null, null);
  }

  private List<String> texts(String sql) {
    return database.run(connection -> {
      var found = new ArrayList<String>();
      try (var statement = connection.createStatement();
          var rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
      return found;
    });
  }

  private List<String> tables() {
    return texts(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = "
            + (kind == DatabaseKind.MARIADB ? "DATABASE()" : "current_schema()"));
  }

  /** What all tables of Qinling hold, in no order. */
  private Set<String> columns(TestDatabase of) throws SQLException {
    boolean mariaDb = kind == DatabaseKind.MARIADB;
    var select =
        "SELECT table_name, column_name, data_type, character_maximum_length, datetime_precision,"
            + " is_nullable, column_default, collation_name FROM information_schema.columns"
            + " WHERE table_name <> 'alembic_version' AND table_name <> 'flyway_schema_history'"
            + " AND table_schema = "
            + (mariaDb ? "DATABASE()" : "current_schema()");
    return described(of, select, 8);
  }

  private Set<String> indexes(TestDatabase of) throws SQLException {
    return kind == DatabaseKind.MARIADB
        ? described(
            of,
            "SELECT table_name, index_name, non_unique, seq_in_index, column_name"
                + " FROM information_schema.statistics WHERE table_schema = DATABASE()"
                + " AND table_name <> 'flyway_schema_history'",
            5)
        : described(
            of,
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()"
                + " AND tablename <> 'flyway_schema_history'",
            1);
  }

  private static Set<String> described(TestDatabase of, String select, int columns)
      throws SQLException {
    var found = new TreeSet<String>();
    try (var connection = of.url().unpooled().getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(select)) {
      while (rows.next()) {
        var row = new ArrayList<String>();
        for (int i = 1; i <= columns; i++) {
          row.add(rows.getString(i));
        }
        found.add(String.join(" ", row.stream().map(String::valueOf).toList()));
      }
    }
    return found;
  }
}
