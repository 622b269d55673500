// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.alias;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.version.VersionStore;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The table of function aliases. */
public final class AliasStore {
  private static final String SELECT =
      "SELECT id, project_id, name, function_id, function_version, description, created_at,"
          + " updated_at FROM function_aliases";

  private final Database database;

  public AliasStore(Database database) {
    this.database = database;
  }

  Optional<AliasRecord> find(String projectId, String name) {
    return all(Condition.equal("name", name).and(Condition.equal("project_id", projectId))).stream()
        .findFirst();
  }

  /** Those of a name in any project, up to a page of them. */
  List<AliasRecord> findAll(String name) {
    return all(Condition.equal("name", name));
  }

  private List<AliasRecord> all(Condition condition) {
    return database.page(SELECT, condition, AliasStore::read);
  }

  /** Gives each alias that meets the condition to the sink; see {@link Database#forEach}. */
  void forEach(Condition condition, Consumer<AliasRecord> sink) {
    database.forEach(SELECT, condition, AliasStore::read, sink);
  }

  private static AliasRecord read(ResultSet row) throws SQLException {
    return new AliasRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("name"),
        row.getString("function_id"),
        row.getInt("function_version"),
        row.getString("description"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /**
   * @throws QinlingException NOT_FOUND when the project does not have the function version,
   *     INVALID_INPUT when it has such an alias already
   */
  void insert(AliasRecord alias) {
    write(
        alias,
        "INSERT INTO function_aliases (id, project_id, name, function_id, function_version,"
            + " description, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        alias.id(),
        alias.projectId(),
        alias.name(),
        alias.functionId(),
        alias.functionVersion(),
        alias.description(),
        alias.createdAt());
  }

  /** Writes what a client may change; throws as {@link #insert}. */
  void update(AliasRecord alias) {
    write(
        alias,
        "UPDATE function_aliases SET function_id = ?, function_version = ?, description = ?,"
            + " updated_at = ? WHERE id = ?",
        alias.functionId(),
        alias.functionVersion(),
        alias.description(),
        alias.updatedAt(),
        alias.id());
  }

  private void write(AliasRecord alias, String sql, Object... parameters) {
    try {
      database.inTransaction(connection -> {
        VersionStore.requireOwned(
            connection, alias.projectId(), alias.functionId(), alias.functionVersion());
        try (var write = connection.prepareStatement(sql)) {
          Rows.set(write, parameters);
          return write.executeUpdate();
        }
      });
    } catch (QinlingException refused) {
      throw refused.code() == ErrorCode.INVALID_INPUT
          ? new QinlingException(
              ErrorCode.INVALID_INPUT,
              "The project has an alias of this name, or one for this function version, already.",
              refused)
          : refused;
    }
  }

  /**
   * @return false when it was gone before
   * @throws QinlingException NOT_ALLOWED when a job or a webhook needs it
   */
  boolean delete(AliasRecord alias) {
    return database.inTransaction(connection -> {
      requireUnused(
          connection,
          "SELECT 1 FROM jobs WHERE function_alias = ? AND project_id = ?"
              + " AND status NOT IN ('done', 'cancelled')",
          alias,
          "running job(s)");
      requireUnused(
          connection,
          "SELECT 1 FROM webhooks WHERE function_alias = ? AND project_id = ?",
          alias,
          "webhook(s)");
      try (var delete = connection.prepareStatement("DELETE FROM function_aliases WHERE id = ?")) {
        Rows.set(delete, alias.id());
        return delete.executeUpdate() == 1;
      }
    });
  }

  private static void requireUnused(
      Connection connection, String sql, AliasRecord alias, String user) throws SQLException {
    try (var select = connection.prepareStatement(sql)) {
      Rows.set(select, alias.name(), alias.projectId());
      try (var rows = select.executeQuery()) {
        if (rows.next()) {
          throw new QinlingException(
              ErrorCode.NOT_ALLOWED,
              "The function alias " + alias.name() + " is still associated with " + user + ".");
        }
      }
    }
  }
}
