// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the table of executions. Only the journal writes it. */
public final class ExecutionStore {
  private static final String SELECT =
      "SELECT id, project_id, function_alias, function_id, function_version, status, sync, input,"
          + " result, description, created_at, updated_at FROM executions";
  private static final int FETCH = 200;

  private final Database database;

  public ExecutionStore(Database database) {
    this.database = database;
  }

  Optional<ExecutionRecord> find(String id) {
    var found = new ArrayList<ExecutionRecord>(1);
    forEach(Condition.equal("id", id), found::add);
    return found.stream().findFirst();
  }

  /**
   * Gives each execution that meets the condition to the sink, the oldest first, while they are
   * read.
   */
  void forEach(Condition condition, Consumer<ExecutionRecord> sink) {
    database.run(connection -> {
      select(connection, condition, sink);
      return null;
    });
  }

  private static void select(
      Connection connection, Condition condition, Consumer<ExecutionRecord> sink)
      throws SQLException {
    var sql = SELECT + " WHERE " + condition.sql() + " ORDER BY created_at, id";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setFetchSize(FETCH);
      Rows.set(select, condition.parameters().toArray());
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          sink.accept(read(rows));
        }
      }
    }
  }

  private static ExecutionRecord read(ResultSet row) throws SQLException {
    return new ExecutionRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("function_alias"),
        row.getString("function_id"),
        row.getInt("function_version"),
        ExecutionStatus.of(row.getString("status")),
        row.getBoolean("sync"),
        row.getString("input"),
        row.getString("result"),
        row.getString("description"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /** Those that an earlier process left running. */
  List<ExecutionRecord> running() {
    var found = new ArrayList<ExecutionRecord>();
    forEach(Condition.equal("status", ExecutionStatus.RUNNING.text()), found::add);
    return found;
  }

  /** Empty for none yet. */
  Optional<String> log(String id) {
    return database.run(connection -> {
      try (var select = connection.prepareStatement("SELECT logs FROM executions WHERE id = ?")) {
        Rows.set(select, id);
        try (var rows = select.executeQuery()) {
          return rows.next() ? Optional.ofNullable(rows.getString(1)) : Optional.empty();
        }
      }
    });
  }
}
