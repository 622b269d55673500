// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.version.VersionStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Consumer;

/** The table of webhooks. */
public final class WebhookStore {
  private static final String SELECT =
      "SELECT id, project_id, function_alias, function_id, function_version, description,"
          + " created_at, updated_at FROM webhooks";

  private final Database database;

  public WebhookStore(Database database) {
    this.database = database;
  }

  Optional<WebhookRecord> find(String id) {
    return database.page(SELECT, Condition.equal("id", id), WebhookStore::read).stream()
        .findFirst();
  }

  /** Gives each webhook that meets the condition to the sink; see {@link Database#forEach}. */
  void forEach(Condition condition, Consumer<WebhookRecord> sink) {
    database.forEach(SELECT, condition, WebhookStore::read, sink);
  }

  private static WebhookRecord read(ResultSet row) throws SQLException {
    int version = row.getInt("function_version");
    return new WebhookRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("function_alias"),
        row.getString("function_id"),
        row.wasNull() ? null : version,
        row.getString("description"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /**
   * @throws io.qinling.error.QinlingException NOT_FOUND when the project does not have the function
   *     version, INVALID_INPUT when the id exists
   */
  void insert(WebhookRecord webhook) {
    write(
        webhook,
        "INSERT INTO webhooks (function_alias, function_id, function_version, description,"
            + " project_id, created_at, id) VALUES (?, ?, ?, ?, ?, ?, ?)",
        webhook.functionAlias(),
        webhook.functionId(),
        webhook.functionVersion(),
        webhook.description(),
        webhook.projectId(),
        webhook.createdAt(),
        webhook.id());
  }

  /** Writes what a client may change; throws as {@link #insert}. */
  void update(WebhookRecord webhook) {
    write(
        webhook,
        "UPDATE webhooks SET function_alias = ?, function_id = ?, function_version = ?,"
            + " description = ?, updated_at = ? WHERE id = ?",
        webhook.functionAlias(),
        webhook.functionId(),
        webhook.functionVersion(),
        webhook.description(),
        webhook.updatedAt(),
        webhook.id());
  }

  private void write(WebhookRecord webhook, String sql, Object... parameters) {
    database.inTransaction(connection -> {
      if (webhook.functionId() != null) {
        int version = webhook.functionVersion() == null ? 0 : webhook.functionVersion();
        VersionStore.requireOwned(connection, webhook.projectId(), webhook.functionId(), version);
      }
      try (var write = connection.prepareStatement(sql)) {
        Rows.set(write, parameters);
        return write.executeUpdate();
      }
    });
  }

  /** False when it was gone before. */
  boolean delete(String id) {
    return database.execute("DELETE FROM webhooks WHERE id = ?", id) == 1;
  }
}
