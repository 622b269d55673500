// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.function.PackageImport.Missing;
import io.qinling.api.runtime.RuntimeStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The table of functions. */
public final class FunctionStore {
  private static final String SELECT =
      "SELECT id, project_id, name, description, runtime_id, code, package_digest, entry, cpu,"
          + " memory_size, timeout, count, latest_version, trust_id, revision, created_at, updated_at"
          + " FROM functions";

  private static final List<String> DELETE =
      List.of(
          "UPDATE jobs SET function_id = NULL WHERE function_id = ?",
          // Those of other projects: upstream let anybody point to any function.
          "DELETE FROM function_aliases WHERE function_id = ?",
          "DELETE FROM function_versions WHERE function_id = ?",
          "DELETE FROM functions WHERE id = ?");

  private final Database database;

  public FunctionStore(Database database) {
    this.database = database;
  }

  /**
   * Writes a new function, unless its runtime has stopped to be available.
   *
   * @return false then
   */
  boolean insert(FunctionRecord function) {
    return database.inTransaction(connection -> {
      if (function.runtimeId() != null
          && !RuntimeStore.lockAvailable(connection, function.runtimeId())) {
        return false;
      }
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO functions (id, project_id, name, description, runtime_id, code,"
                  + " package_digest, entry, cpu, memory_size, timeout, trust_id, created_at)"
                  + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        Rows.set(
            insert,
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
            function.trustId(),
            function.createdAt());
        return insert.executeUpdate() == 1;
      }
    });
  }

  Optional<FunctionRecord> find(String id) {
    return database.page(SELECT, Condition.equal("id", id), FunctionStore::read).stream()
        .findFirst();
  }

  /** Gives each function that meets the condition to the sink; see {@link Database#forEach}. */
  void forEach(Condition condition, Consumer<FunctionRecord> sink) {
    database.forEach(SELECT, condition, FunctionStore::read, sink);
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
        row.getString("trust_id"),
        row.getLong("revision"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /**
   * Writes what a client may change.
   *
   * @param newRevision whether what is run has changed
   * @return false when the function has changed or gone since the record was read
   */
  boolean update(FunctionRecord function, boolean newRevision) {
    return database.execute(
            "UPDATE functions SET name = ?, description = ?, code = ?, package_digest = ?, entry = ?,"
                + " cpu = ?, memory_size = ?, timeout = ?, updated_at = ?, revision = revision + ?"
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
            newRevision ? 1 : 0,
            function.id(),
            function.revision())
        == 1;
  }

  /**
   * @throws io.qinling.error.QinlingException NOT_ALLOWED when a job is going to run the function
   */
  void requireNoJob(String id) {
    database.run(connection -> {
      FunctionUses.requireNoJob(connection, id);
      return null;
    });
  }

  /**
   * Deletes a function with its versions, unless something needs it. Jobs that are finished stay
   * without it.
   *
   * @return the versions that are gone, or empty when the function was gone before
   * @throws io.qinling.error.QinlingException NOT_ALLOWED when something needs it
   */
  Optional<List<RemovedVersion>> delete(FunctionRecord function) {
    var id = function.id();
    return database.inTransaction(connection -> {
      if (!FunctionUses.lock(connection, id)) {
        return Optional.empty();
      }
      FunctionUses.requireNone(connection, id, function.projectId());
      var versions = versions(connection, id);
      for (var statement : DELETE) {
        try (var delete = connection.prepareStatement(statement)) {
          Rows.set(delete, id);
          delete.executeUpdate();
        }
      }
      return Optional.of(versions);
    });
  }

  /** A version that went with its function. */
  record RemovedVersion(int number, String packageDigest) {}

  private static List<RemovedVersion> versions(Connection connection, String id)
      throws SQLException {
    var found = new ArrayList<RemovedVersion>();
    try (var select =
        connection.prepareStatement(
            "SELECT version_number, package_digest FROM function_versions WHERE function_id = ?")) {
      Rows.set(select, id);
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(new RemovedVersion(rows.getInt(1), rows.getString(2)));
        }
      }
    }
    return found;
  }

  /** Functions and versions of source package that an earlier release left without one. */
  List<Missing> withoutPackage() {
    var missing = new ArrayList<Missing>();
    forEach(
        new Condition("package_digest IS NULL", List.of()),
        function -> {
          if (function.source() == CodeSource.PACKAGE) {
            var md5 = function.code().path("md5sum").asText("");
            missing.add(
                new Missing(
                    function.projectId(),
                    function.id(),
                    0,
                    Optional.of(md5).filter(text -> text.matches("[0-9a-f]{32}"))));
          }
        });
    database.run(connection -> {
      try (var select =
              connection.prepareStatement(
                  "SELECT project_id, function_id, version_number FROM function_versions"
                      + " WHERE package_digest IS NULL");
          var rows = select.executeQuery()) {
        while (rows.next()) {
          missing.add(
              new Missing(rows.getString(1), rows.getString(2), rows.getInt(3), Optional.empty()));
        }
        return null;
      }
    });
    return missing;
  }

  /** False when the record has gone, or has a package meanwhile. */
  boolean setPackage(Missing missing, String digest) {
    return missing.version() == 0
        ? database.execute(
                "UPDATE functions SET package_digest = ? WHERE id = ? AND package_digest IS NULL",
                digest,
                missing.functionId())
            == 1
        : database.execute(
                "UPDATE function_versions SET package_digest = ? WHERE function_id = ?"
                    + " AND version_number = ? AND package_digest IS NULL",
                digest,
                missing.functionId(),
                missing.version())
            == 1;
  }

  /** Whether any function or version has the package. */
  boolean usesPackage(String digest) {
    return database.run(connection -> {
      try (var select =
          connection.prepareStatement(
              "SELECT 1 FROM functions WHERE package_digest = ? UNION ALL"
                  + " SELECT 1 FROM function_versions WHERE package_digest = ? LIMIT 1")) {
        Rows.set(select, digest, digest);
        try (var rows = select.executeQuery()) {
          return rows.next();
        }
      }
    });
  }
}
