// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the table of executions. Only the journal writes it. */
public final class ExecutionStore {
  private static final String SELECT =
      "SELECT id, project_id, function_alias, function_id, function_version, status, sync, input,"
          + " result, description, created_at, updated_at FROM executions";

  private final Database database;

  public ExecutionStore(Database database) {
    this.database = database;
  }

  Optional<ExecutionRecord> find(String id) {
    return database.page(SELECT, Condition.equal("id", id), ExecutionStore::read).stream()
        .findFirst();
  }

  /** Gives each execution that meets the condition to the sink; see {@link Database#forEach}. */
  void forEach(Condition condition, Consumer<ExecutionRecord> sink) {
    database.forEach(SELECT, condition, ExecutionStore::read, sink);
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

  /** Removes a page of those that meet the condition, the oldest first; the answer is how many. */
  int removePage(Condition condition) {
    var ids = database.page("SELECT id FROM executions", condition, row -> row.getString("id"));
    return ids.isEmpty()
        ? 0
        : database.execute(
            "DELETE FROM executions WHERE id IN ("
                + String.join(", ", Collections.nCopies(ids.size(), "?"))
                + ")",
            ids.toArray());
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
