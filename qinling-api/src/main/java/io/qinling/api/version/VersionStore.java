// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.version;

import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.function.FunctionRecord;
import io.qinling.api.function.FunctionUses;
import io.qinling.api.function.Functions;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table of function versions. */
public final class VersionStore {
  private static final String SELECT =
      "SELECT id, project_id, function_id, version_number, description, count, package_digest,"
          + " created_at, updated_at FROM function_versions WHERE function_id = ?";

  private final Database database;
  private final int maxVersions;

  /**
   * @param maxVersions versions that a function may have at a time
   */
  public VersionStore(Database database, int maxVersions) {
    this.database = database;
    this.maxVersions = maxVersions;
  }

  Optional<VersionRecord> find(String functionId, int number) {
    return database
        .run(connection ->
            select(connection, SELECT + " AND version_number = ?", functionId, number))
        .stream()
        .findFirst();
  }

  /** In the order of their numbers. */
  List<VersionRecord> list(String functionId) {
    return database.run(
        connection -> select(connection, SELECT + " ORDER BY version_number", functionId));
  }

  private static List<VersionRecord> select(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (var select = connection.prepareStatement(sql)) {
      Rows.set(select, parameters);
      var found = new ArrayList<VersionRecord>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(read(rows));
        }
      }
      return found;
    }
  }

  private static VersionRecord read(ResultSet row) throws SQLException {
    return new VersionRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("function_id"),
        row.getInt("version_number"),
        row.getString("description"),
        row.getInt("count"),
        row.getString("package_digest"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /**
   * Makes a version of the latest package.
   *
   * @param description may be null
   * @return empty when the function is gone
   * @throws QinlingException NOT_ALLOWED when there are as many versions as there may be, or the
   *     newest has the same package
   */
  Optional<VersionRecord> publish(String functionId, String description, Instant now) {
    return database.inTransaction(connection -> {
      if (!FunctionUses.lock(connection, functionId)) {
        return Optional.empty();
      }
      var latest = latest(connection, functionId);
      if (latest.packageDigest() == null) {
        throw FunctionRecord.packageMissing(functionId);
      }
      var versions = select(connection, SELECT, functionId);
      requireRoom(versions);
      requireChange(versions, latest);
      var version =
          new VersionRecord(
              UUID.randomUUID().toString(),
              latest.projectId(),
              functionId,
              latest.version() + 1,
              description,
              0,
              latest.packageDigest(),
              now,
              null);
      insert(connection, version);
      return Optional.of(version);
    });
  }

  /** The function of which a version is made, as it is while its row is locked. */
  private record Latest(String projectId, String packageDigest, int version) {}

  private static Latest latest(Connection connection, String functionId) throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT project_id, package_digest, latest_version FROM functions WHERE id = ?")) {
      Rows.set(select, functionId);
      try (var rows = select.executeQuery()) {
        rows.next();
        return new Latest(rows.getString(1), rows.getString(2), rows.getInt(3));
      }
    }
  }

  private void requireRoom(List<VersionRecord> versions) {
    if (versions.size() >= maxVersions) {
      throw new QinlingException(
          ErrorCode.NOT_ALLOWED, "Can not exceed maximum number of versions: " + maxVersions + ".");
    }
  }

  private static void requireChange(List<VersionRecord> versions, Latest latest) {
    var newest =
        versions.stream().filter(version -> version.number() == latest.version()).findFirst();
    if (newest
        .filter(version -> latest.packageDigest().equals(version.packageDigest()))
        .isPresent()) {
      throw new QinlingException(
          ErrorCode.NOT_ALLOWED,
          "Function package not changed since the latest version " + latest.version() + ".");
    }
  }

  private static void insert(Connection connection, VersionRecord version) throws SQLException {
    try (var insert =
            connection.prepareStatement(
                "INSERT INTO function_versions (id, project_id, function_id, version_number,"
                    + " description, package_digest, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)");
        var number =
            connection.prepareStatement(
                "UPDATE functions SET latest_version = ?, updated_at = ? WHERE id = ?")) {
      Rows.set(
          insert,
          version.id(),
          version.projectId(),
          version.functionId(),
          version.number(),
          version.description(),
          version.packageDigest(),
          version.createdAt());
      insert.executeUpdate();
      Rows.set(number, version.number(), version.createdAt(), version.functionId());
      number.executeUpdate();
    }
  }

  /**
   * Makes sure, until the transaction ends, that a project has a function version.
   *
   * @param number 0 for the latest code
   * @throws QinlingException NOT_FOUND when it has not
   */
  public static void requireOwned(
      Connection connection, String projectId, String functionId, int number) throws SQLException {
    if (!FunctionUses.lock(connection, functionId)
        || !latest(connection, functionId).projectId().equals(projectId)) {
      throw Functions.notFound(functionId);
    }
    if (number != 0
        && select(connection, SELECT + " AND version_number = ?", functionId, number).isEmpty()) {
      throw Versions.notFound(functionId, number);
    }
  }

  void describe(String id, String description, Instant now) {
    database.execute(
        "UPDATE function_versions SET description = ?, updated_at = ? WHERE id = ?",
        description,
        now,
        id);
  }

  /**
   * @return false when it was gone before
   * @throws QinlingException NOT_ALLOWED when something needs it
   */
  boolean delete(VersionRecord version) {
    return database.inTransaction(connection -> {
      if (!FunctionUses.lock(connection, version.functionId())) {
        return false;
      }
      FunctionUses.requireNone(
          connection, version.functionId(), version.projectId(), version.number());
      try (var delete = connection.prepareStatement("DELETE FROM function_versions WHERE id = ?")) {
        Rows.set(delete, version.id());
        return delete.executeUpdate() == 1;
      }
    });
  }
}
