// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.version.VersionStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The table of jobs. */
public final class JobStore {
  /** Most jobs that are read at a time to be run. */
  static final int PAGE = 200;

  private static final String SELECT =
      "SELECT id, project_id, name, function_id, function_alias, function_version, function_input,"
          + " status, pattern, count, first_execution_time, next_execution_time, created_at,"
          + " updated_at FROM jobs";

  private final Database database;

  public JobStore(Database database) {
    this.database = database;
  }

  /**
   * @throws io.qinling.error.QinlingException NOT_FOUND when the project does not have the function
   *     version; with another's, the job would keep its owner from deleting it
   */
  void insert(JobRecord job) {
    database.inTransaction(connection -> {
      if (job.functionId() != null) {
        int version = job.functionAlias() == null ? job.functionVersion() : 0;
        VersionStore.requireOwned(connection, job.projectId(), job.functionId(), version);
      }
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO jobs (id, project_id, name, function_id, function_alias,"
                  + " function_version, function_input, status, pattern, count,"
                  + " first_execution_time, next_execution_time, created_at)"
                  + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        Rows.set(
            insert,
            job.id(),
            job.projectId(),
            job.name(),
            job.functionId(),
            job.functionAlias(),
            job.functionVersion(),
            job.functionInput(),
            job.status().text(),
            job.pattern(),
            job.count(),
            job.firstExecutionTime(),
            job.nextExecutionTime(),
            job.createdAt());
        return insert.executeUpdate();
      }
    });
  }

  Optional<JobRecord> find(String id) {
    return database.page(SELECT, Condition.equal("id", id), JobStore::read).stream().findFirst();
  }

  /** Gives each job that meets the condition to the sink; see {@link Database#forEach}. */
  void forEach(Condition condition, Consumer<JobRecord> sink) {
    database.forEach(SELECT, condition, JobStore::read, sink);
  }

  /**
   * Running jobs whose time has come by then, the longest due first, as many as make a page.
   *
   * @param last where the page before ended; null for the first
   */
  List<JobRecord> due(Instant until, JobRecord last) {
    var sql =
        SELECT
            + " WHERE status = 'running' AND next_execution_time <= ?"
            + (last == null
                ? ""
                : " AND (next_execution_time > ? OR (next_execution_time = ? AND id > ?))")
            + " ORDER BY next_execution_time, id LIMIT "
            + PAGE;
    return database.run(connection -> {
      try (var select = connection.prepareStatement(sql)) {
        if (last == null) {
          Rows.set(select, until);
        } else {
          Rows.set(select, until, last.nextExecutionTime(), last.nextExecutionTime(), last.id());
        }
        return read(select);
      }
    });
  }

  /**
   * Changes a job as it stands now. Nobody else changes or deletes it meanwhile, in whatever
   * process; when the change throws, the job stays as it was.
   *
   * @param change may block, gives back the same job for no change, and may be called again when
   *     the transaction is repeated
   * @return the job afterwards; empty when there is none
   */
  Optional<JobRecord> change(String id, UnaryOperator<JobRecord> change) {
    return database.inTransaction(connection -> {
      var current = lock(connection, id);
      if (current.isEmpty()) {
        return current;
      }
      var changed = change.apply(current.get());
      if (!changed.equals(current.get())) {
        update(connection, changed);
      }
      return Optional.of(changed);
    });
  }

  private static Optional<JobRecord> lock(Connection connection, String id) throws SQLException {
    try (var select = connection.prepareStatement(SELECT + " WHERE id = ? FOR UPDATE")) {
      Rows.set(select, id);
      return read(select).stream().findFirst();
    }
  }

  private static void update(Connection connection, JobRecord job) throws SQLException {
    try (var update =
        connection.prepareStatement(
            "UPDATE jobs SET name = ?, function_input = ?, status = ?, pattern = ?, count = ?,"
                + " next_execution_time = ?, updated_at = ? WHERE id = ?")) {
      Rows.set(
          update,
          job.name(),
          job.functionInput(),
          job.status().text(),
          job.pattern(),
          job.count(),
          job.nextExecutionTime(),
          job.updatedAt(),
          job.id());
      update.executeUpdate();
    }
  }

  /** False when there is no such job. */
  boolean delete(String id) {
    return database.execute("DELETE FROM jobs WHERE id = ?", id) == 1;
  }

  private static List<JobRecord> read(PreparedStatement select) throws SQLException {
    try (var rows = select.executeQuery()) {
      var found = new ArrayList<JobRecord>();
      while (rows.next()) {
        found.add(read(rows));
      }
      return found;
    }
  }

  private static JobRecord read(ResultSet row) throws SQLException {
    var pattern = row.getString("pattern");
    return new JobRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("name"),
        row.getString("function_id"),
        row.getString("function_alias"),
        row.getInt("function_version"),
        row.getString("function_input"),
        JobStatus.of(row.getString("status")),
        // Upstream let clients set the empty text.
        pattern == null || pattern.isEmpty() ? null : pattern,
        row.getObject("count", Integer.class),
        Rows.instant(row, "first_execution_time"),
        Rows.instant(row, "next_execution_time"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }
}
