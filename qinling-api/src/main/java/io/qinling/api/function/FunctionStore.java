// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The table of functions. */
public final class FunctionStore {
  private static final String SELECT =
      "SELECT id, project_id, name, description, runtime_id, code, package_digest, entry, cpu,"
          + " memory_size, timeout, count, latest_version, revision, created_at, updated_at"
          + " FROM functions";

  private final Database database;

  public FunctionStore(Database database) {
    this.database = database;
  }

  void insert(FunctionRecord function) {
    execute(
        "INSERT INTO functions (id, project_id, name, description, runtime_id, code,"
            + " package_digest, entry, cpu, memory_size, timeout, created_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        function.id(),
        function.projectId(),
        function.name(),
        function.description(),
        function.runtimeId(),
        function.codeJson(),
        function.packageDigest(),
        function.entry(),
        function.cpu(),
        function.memorySize(),
        function.timeout(),
        function.createdAt());
  }

  Optional<FunctionRecord> find(String id) {
    return database.run(connection -> {
      var found = new FunctionRecord[1];
      select(connection, SELECT + " WHERE id = ?", List.of(id), function -> found[0] = function);
      return Optional.ofNullable(found[0]);
    });
  }

  /** Gives each function that meets the condition to the sink, the oldest first. */
  void forEach(Condition condition, Consumer<FunctionRecord> sink) {
    database.run(connection -> {
      select(
          connection,
          SELECT + " WHERE " + condition.sql() + " ORDER BY created_at, id",
          condition.parameters(),
          sink);
      return null;
    });
  }

  private static void select(
      Connection connection, String sql, List<Object> parameters, Consumer<FunctionRecord> sink)
      throws SQLException {
    try (var select = connection.prepareStatement(sql)) {
      Rows.set(select, parameters.toArray());
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          sink.accept(read(rows));
        }
      }
    }
  }

  private static FunctionRecord read(ResultSet row) throws SQLException {
    return new FunctionRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("name"),
        row.getString("description"),
        row.getString("runtime_id"),
        row.getString("code"),
        row.getString("package_digest"),
        row.getString("entry"),
        row.getInt("cpu"),
        row.getInt("memory_size"),
        row.getInt("timeout"),
        row.getInt("count"),
        row.getInt("latest_version"),
        row.getLong("revision"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /**
   * Writes what a client may change, and counts the revision on.
   *
   * @return false when the function has changed or gone since the record was read
   */
  boolean update(FunctionRecord function) {
    return execute(
            "UPDATE functions SET name = ?, description = ?, code = ?, package_digest = ?, entry = ?,"
                + " cpu = ?, memory_size = ?, timeout = ?, updated_at = ?, revision = revision + 1"
                + " WHERE id = ? AND revision = ?",
            function.name(),
            function.description(),
            function.codeJson(),
            function.packageDigest(),
            function.entry(),
            function.cpu(),
            function.memorySize(),
            function.timeout(),
            function.updatedAt(),
            function.id(),
            function.revision())
        == 1;
  }

  boolean delete(String id) {
    return execute("DELETE FROM functions WHERE id = ?", id) == 1;
  }

  /** Whether any function has the package. */
  boolean usesPackage(String digest) {
    return database.run(connection -> {
      try (var select =
          connection.prepareStatement("SELECT 1 FROM functions WHERE package_digest = ? LIMIT 1")) {
        Rows.set(select, digest);
        try (var rows = select.executeQuery()) {
          return rows.next();
        }
      }
    });
  }

  private int execute(String sql, Object... parameters) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(sql)) {
        Rows.set(statement, parameters);
        return statement.executeUpdate();
      }
    });
  }
}
