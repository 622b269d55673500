// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static java.util.Comparator.comparing;

import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.execution.JournalChange.Delete;
import io.qinling.api.execution.JournalChange.Insert;
import io.qinling.api.execution.JournalChange.Update;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Writes the changes of the journal, all in one transaction. Used by the journal's thread only. */
public final class JournalWriter {
  private final Database database;
  private final boolean h2;
  private final Clock clock;

  /**
   * @param h2 whether the database is H2, whose commits are durable only after a checkpoint
   */
  public JournalWriter(Database database, boolean h2, Clock clock) {
    this.database = database;
    this.h2 = h2;
    this.clock = clock;
  }

  /** Commits all changes, or none. */
  void write(List<JournalChange> changes) {
    database.inTransaction(connection -> {
      // In the order of the functions' ids, in which every api process locks their rows.
      var counts =
          new TreeMap<Counted, Integer>(
              comparing(Counted::functionId).thenComparingInt(Counted::version));
      insert(connection, changes, counts);
      update(connection, changes, counts);
      delete(connection, changes);
      count(connection, counts);
      return null;
    });
  }

  /** Makes what was committed durable. */
  void sync() {
    if (h2) {
      database.run(JournalWriter::checkpoint);
    }
  }

  /**
   * H2 writes commits to the file later, and syncs never, unless it is told to: its page
   * "Advanced", Durability.
   */
  private static Void checkpoint(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("CHECKPOINT SYNC");
      return null;
    }
  }

  private static void insert(
      Connection connection, List<JournalChange> changes, Map<Counted, Integer> counts)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO executions (id, project_id, function_alias, function_id, function_version,"
                + " status, sync, input, result, description, logs, created_at, updated_at)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      boolean any = false;
      for (var change : changes) {
        if (change instanceof Insert(var begun, var end, var _)) {
          var execution = end == null ? begun : begun.ended(end);
          Rows.set(
              insert,
              execution.id(),
              execution.projectId(),
              execution.functionAlias(),
              execution.functionId(),
              execution.functionVersion(),
              execution.status().text(),
              execution.sync(),
              execution.input(),
              execution.result(),
              execution.description(),
              end == null ? null : end.log(),
              execution.createdAt(),
              execution.updatedAt());
          insert.addBatch();
          any = true;
          if (end != null) {
            counts.merge(Counted.of(execution), 1, Integer::sum);
          }
        }
      }
      if (any) {
        insert.executeBatch();
      }
    }
  }

  private static void update(
      Connection connection, List<JournalChange> changes, Map<Counted, Integer> counts)
      throws SQLException {
    var ended =
        changes.stream()
            .filter(Update.class::isInstance)
            .map(Update.class::cast)
            .sorted(comparing(update -> update.execution().id()))
            .toList();
    if (ended.isEmpty()) {
      return;
    }
    try (var update =
        connection.prepareStatement(
            "UPDATE executions SET status = ?, result = ?, logs = ?, updated_at = ?"
                + " WHERE id = ? AND status = 'running'")) {
      for (var change : ended) {
        var end = change.end();
        Rows.set(
            update,
            end.status().text(),
            end.result(),
            end.log(),
            end.at(),
            change.execution().id());
        update.addBatch();
      }
      int[] changed = update.executeBatch();
      for (int i = 0; i < changed.length; i++) {
        if (changed[i] != 0) {
          counts.merge(Counted.of(ended.get(i).execution()), 1, Integer::sum);
        }
      }
    }
  }

  private static void delete(Connection connection, List<JournalChange> changes)
      throws SQLException {
    var gone =
        changes.stream()
            .filter(Delete.class::isInstance)
            .map(change -> ((Delete) change).executionId())
            .sorted()
            .toList();
    if (gone.isEmpty()) {
      return;
    }
    try (var delete = connection.prepareStatement("DELETE FROM executions WHERE id = ?")) {
      for (var id : gone) {
        Rows.set(delete, id);
        delete.addBatch();
      }
      delete.executeBatch();
    }
  }

  /** What is counted: the latest code and each version for itself. */
  private record Counted(String functionId, int version) {
    /** An execution that upstream left without a function counts for none. */
    static Counted of(ExecutionRecord execution) {
      return new Counted(
          Objects.requireNonNullElse(execution.functionId(), ""), execution.functionVersion());
    }
  }

  private void count(Connection connection, Map<Counted, Integer> counts) throws SQLException {
    var now = clock.instant();
    var latest = new ArrayList<Object[]>();
    var versions = new ArrayList<Object[]>();
    counts.forEach((counted, by) -> {
      if (counted.version() == 0) {
        latest.add(new Object[] {by, now, counted.functionId()});
      } else {
        versions.add(new Object[] {by, now, counted.functionId(), counted.version()});
      }
    });
    runAll(
        connection, "UPDATE functions SET count = count + ?, updated_at = ? WHERE id = ?", latest);
    runAll(
        connection,
        "UPDATE function_versions SET count = count + ?, updated_at = ?"
            + " WHERE function_id = ? AND version_number = ?",
        versions);
  }

  private static void runAll(Connection connection, String sql, List<Object[]> parameters)
      throws SQLException {
    if (parameters.isEmpty()) {
      return;
    }
    try (var statement = connection.prepareStatement(sql)) {
      for (var values : parameters) {
        Rows.set(statement, values);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
