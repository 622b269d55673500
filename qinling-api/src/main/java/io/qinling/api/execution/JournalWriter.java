// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static java.util.Comparator.comparing;

import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.execution.JournalChange.Delete;
import io.qinling.api.execution.JournalChange.Insert;
import io.qinling.api.execution.JournalChange.Update;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
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
      insert(connection, changes);
      update(connection, changes);
      delete(connection, changes);
      count(connection, changes);
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

  private static void insert(Connection connection, List<JournalChange> changes)
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
        }
      }
      runIf(any, insert);
    }
  }

  private static void update(Connection connection, List<JournalChange> changes)
      throws SQLException {
    try (var update =
        connection.prepareStatement(
            "UPDATE executions SET status = ?, result = ?, logs = ?, updated_at = ?"
                + " WHERE id = ? AND status = 'running'")) {
      boolean any = false;
      for (var change : changes) {
        if (change instanceof Update(var execution, var end, var _)) {
          Rows.set(update, end.status().text(), end.result(), end.log(), end.at(), execution.id());
          update.addBatch();
          any = true;
        }
      }
      runIf(any, update);
    }
  }

  private static void delete(Connection connection, List<JournalChange> changes)
      throws SQLException {
    try (var delete = connection.prepareStatement("DELETE FROM executions WHERE id = ?")) {
      boolean any = false;
      for (var change : changes) {
        if (change instanceof Delete(var id, var _)) {
          Rows.set(delete, id);
          delete.addBatch();
          any = true;
        }
      }
      runIf(any, delete);
    }
  }

  /** What is counted: the latest code and each version for itself. */
  private record Counted(String functionId, int version) {
    static Counted of(ExecutionRecord execution) {
      return new Counted(execution.functionId(), execution.functionVersion());
    }
  }

  private void count(Connection connection, List<JournalChange> changes) throws SQLException {
    Map<Counted, Integer> counts =
        new TreeMap<>(comparing(Counted::functionId).thenComparingInt(Counted::version));
    for (var change : changes) {
      switch (change) {
        case Insert(var execution, var end, var _) when end != null ->
            counts.merge(Counted.of(execution), 1, Integer::sum);
        case Update(var execution, var _, var _) ->
            counts.merge(Counted.of(execution), 1, Integer::sum);
        default -> {}
      }
    }
    try (var latest =
            connection.prepareStatement(
                "UPDATE functions SET count = count + ?, updated_at = ? WHERE id = ?");
        var version =
            connection.prepareStatement(
                "UPDATE function_versions SET count = count + ?, updated_at = ?"
                    + " WHERE function_id = ? AND version_number = ?")) {
      boolean anyLatest = false;
      boolean anyVersion = false;
      for (var counted : counts.entrySet()) {
        var of = counted.getKey();
        if (of.version() == 0) {
          Rows.set(latest, counted.getValue(), clock.instant(), of.functionId());
          latest.addBatch();
          anyLatest = true;
        } else {
          Rows.set(version, counted.getValue(), clock.instant(), of.functionId(), of.version());
          version.addBatch();
          anyVersion = true;
        }
      }
      runIf(anyLatest, latest);
      runIf(anyVersion, version);
    }
  }

  private static void runIf(boolean any, PreparedStatement statement) throws SQLException {
    if (any) {
      statement.executeBatch();
    }
  }
}
