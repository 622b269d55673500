// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static java.util.Comparator.comparing;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Reads the table of executions. Only the journal writes what they are; here they change hands, and
 * are removed by age.
 */
public final class ExecutionStore {
  private static final String SELECT =
      "SELECT id, project_id, function_alias, function_id, function_version, status, sync, input,"
          + " result, description, attempts, last_error, created_at, updated_at FROM executions";

  /** Whether nobody who is entered runs it, or the one who asks. */
  private static final String ABANDONED =
      "SELECT id, api_id, sync FROM executions WHERE status = 'running' AND (api_id IS NULL"
          + " OR api_id = ? OR api_id NOT IN (SELECT id FROM api_instances))";

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
        row.getInt("attempts"),
        row.getString("last_error"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /**
   * A running execution that its process may have left.
   *
   * @param apiId who was to run it, or null
   */
  record Orphan(String id, String apiId, boolean sync) {}

  /** Running executions that no process runs which is entered, and those of one process. */
  List<Orphan> orphans(String apiId) {
    return database.run(connection -> {
      try (var select = connection.prepareStatement(ABANDONED)) {
        Rows.set(select, apiId);
        var found = new ArrayList<Orphan>();
        try (var rows = select.executeQuery()) {
          while (rows.next()) {
            found.add(
                new Orphan(
                    rows.getString("id"), rows.getString("api_id"), rows.getBoolean("sync")));
          }
        }
        return found;
      }
    });
  }

  /**
   * Gives executions to a process, each unless it has ended or another process was faster.
   *
   * @return those that are the process's now
   */
  List<Orphan> claim(List<Orphan> orphans, String apiId) {
    var inOrder = orphans.stream().sorted(comparing(Orphan::id)).toList();
    return database.inTransaction(connection -> {
      try (var update =
          connection.prepareStatement(
              "UPDATE executions SET api_id = ?"
                  + " WHERE id = ? AND status = 'running' AND COALESCE(api_id, '') = ?")) {
        for (var orphan : inOrder) {
          Rows.set(update, apiId, orphan.id(), Objects.requireNonNullElse(orphan.apiId(), ""));
          update.addBatch();
        }
        int[] changed = update.executeBatch();
        return IntStream.range(0, changed.length)
            .filter(i -> changed[i] != 0)
            .mapToObj(inOrder::get)
            .toList();
      }
    });
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
