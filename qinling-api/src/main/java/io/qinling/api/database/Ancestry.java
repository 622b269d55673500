// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Where the tables of a database come from. Only our own and those of Qinling 5 are touched. */
final class Ancestry {
  /** The last migration of Qinling 5. */
  private static final String UPSTREAM_HEAD = "011";

  private static final String UPSTREAM_HISTORY = "alembic_version";
  private static final String OUR_HISTORY = "flyway_schema_history";
  private static final Set<String> TABLES =
      Set.of(
          "runtimes",
          "functions",
          "function_versions",
          "function_aliases",
          "executions",
          "jobs",
          "webhooks");

  private Ancestry() {}

  /**
   * @return whether a migration of ours was ever run
   * @throws SchemaException when the database has tables that cannot be migrated
   */
  static boolean check(DatabaseKind kind, Connection connection) throws SQLException {
    requireMariaDb(kind, connection);
    var tables = tables(connection);
    if (tables.isEmpty() || tables.contains(OUR_HISTORY)) {
      return !tables.isEmpty();
    }
    if (!tables.contains(UPSTREAM_HISTORY)) {
      throw new SchemaException(
          "The database has tables of somebody else: "
              + String.join(", ", new TreeSet<>(tables))
              + ". Name a database of Qinling's own in [database] connection. If these are Qinling's, run"
              + " the earlier release's own `qinling-db-manage upgrade head` first",
          null);
    }
    var revisions = revisions(connection);
    if (!revisions.equals(List.of(UPSTREAM_HEAD))) {
      throw new SchemaException(
          "The database was left by an earlier release of Qinling at revision "
              + revisions
              + ", and can be taken over at revision "
              + UPSTREAM_HEAD
              + " only: run that release's own `qinling-db-manage upgrade head` first",
          null);
    }
    var missing = new TreeSet<>(TABLES);
    missing.removeAll(tables);
    if (!missing.isEmpty()) {
      throw new SchemaException(
          "The database was left by an earlier release of Qinling and lacks tables: "
              + String.join(", ", missing),
          null);
    }
    return false;
  }

  private static void requireMariaDb(DatabaseKind kind, Connection connection) throws SQLException {
    var product = connection.getMetaData().getDatabaseProductName();
    if (kind == DatabaseKind.MARIADB && !product.equals("MariaDB")) {
      throw new SchemaException(
          "The database server is " + product + ", which is not supported; use MariaDB", null);
    }
  }

  private static Set<String> tables(Connection connection) throws SQLException {
    var names = new HashSet<String>();
    try (var tables =
        connection
            .getMetaData()
            .getTables(
                connection.getCatalog(),
                connection.getSchema(),
                "%",
                new String[] {"TABLE", "BASE TABLE"})) {
      while (tables.next()) {
        names.add(tables.getString("TABLE_NAME").toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }

  private static List<String> revisions(Connection connection) throws SQLException {
    var found = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT version_num FROM " + UPSTREAM_HISTORY)) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    return found;
  }
}
