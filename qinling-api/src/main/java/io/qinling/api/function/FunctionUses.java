// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.database.Rows;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.Connection;
import java.sql.SQLException;

/** What else uses a function, and therefore keeps it from being changed or deleted. */
public final class FunctionUses {
  private static final String UNFINISHED = " AND status NOT IN ('done', 'cancelled')";

  private FunctionUses() {}

  /**
   * Keeps a function, its versions and what points to them as they are until the transaction ends.
   *
   * @return whether it exists
   */
  public static boolean lock(Connection connection, String functionId) throws SQLException {
    return exists(connection, "SELECT 1 FROM functions WHERE id = ? FOR UPDATE", functionId);
  }

  /**
   * @throws QinlingException NOT_ALLOWED when a job is going to run it
   */
  static void requireNoJob(Connection connection, String functionId) throws SQLException {
    require(
        !exists(connection, "SELECT 1 FROM jobs WHERE function_id = ?" + UNFINISHED, functionId),
        "The function " + functionId + " is still associated with running job(s).");
  }

  /**
   * @param projectId of the function; aliases of others are not its owner's to remove
   * @throws QinlingException NOT_ALLOWED when a job, a webhook or an alias needs it
   */
  static void requireNone(Connection connection, String functionId, String projectId)
      throws SQLException {
    requireNoJob(connection, functionId);
    require(
        !exists(connection, "SELECT 1 FROM webhooks WHERE function_id = ?", functionId),
        "The function " + functionId + " is still associated with webhook(s).");
    require(
        !exists(
            connection,
            "SELECT 1 FROM function_aliases WHERE function_id = ? AND project_id = ?",
            functionId,
            projectId),
        "The function " + functionId + " is still associated with function alias(es).");
  }

  /**
   * As {@link #requireNone(Connection, String, String)}, for one of its versions.
   *
   * @throws QinlingException NOT_ALLOWED
   */
  public static void requireNone(
      Connection connection, String functionId, String projectId, int version) throws SQLException {
    var of = " WHERE function_id = ? AND function_version = ? AND project_id = ?";
    var name = "The function version " + functionId + "/" + version;
    require(
        !exists(connection, "SELECT 1 FROM jobs" + of + UNFINISHED, functionId, version, projectId),
        name + " is still associated with running job(s).");
    require(
        !exists(connection, "SELECT 1 FROM webhooks" + of, functionId, version, projectId),
        name + " is still associated with webhook(s).");
    require(
        !exists(connection, "SELECT 1 FROM function_aliases" + of, functionId, version, projectId),
        name + " is still associated with function alias(es).");
  }

  private static void require(boolean unused, String otherwise) {
    if (!unused) {
      throw new QinlingException(ErrorCode.NOT_ALLOWED, otherwise);
    }
  }

  private static boolean exists(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (var select = connection.prepareStatement(sql)) {
      Rows.set(select, parameters);
      try (var rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }
}
