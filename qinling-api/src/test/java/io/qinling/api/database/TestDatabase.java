// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;

/**
 * A database of its own for a test class: H2 in memory, the others on the servers that the
 * environment names.
 */
public final class TestDatabase implements AutoCloseable {
  private static final Map<DatabaseKind, String> SERVERS =
      Map.of(
          DatabaseKind.MARIADB, "QINLING_TEST_MARIADB",
          DatabaseKind.POSTGRESQL, "QINLING_TEST_POSTGRESQL");

  private final DatabaseUrl url;
  private final DatabaseUrl server;
  private final String name = "qinling_" + UUID.randomUUID().toString().replace("-", "");

  private TestDatabase(DatabaseKind kind) {
    if (kind == DatabaseKind.H2) {
      server = null;
      url =
          new DatabaseUrl(
              kind, "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1;NON_KEYWORDS=COUNT", "q", "");
    } else {
      var variable = SERVERS.get(kind);
      var named = System.getenv(variable);
      assertThat(named)
          .as("%s, set by: e2e/databases.py run -- ./mvnw verify; or run deploy/test.sh", variable)
          .isNotNull();
      server = DatabaseUrl.parse(named);
      url = DatabaseUrl.parse(named.replaceFirst("/qinling(\\?|$)", "/" + name + "$1"));
      onServer("CREATE DATABASE " + name);
    }
  }

  /** A database without tables. */
  public static TestDatabase empty(DatabaseKind kind) {
    return new TestDatabase(kind);
  }

  /** A database with the newest tables. */
  public static TestDatabase migrated(DatabaseKind kind) {
    var database = new TestDatabase(kind);
    new Schema(database.url).migrate();
    return database;
  }

  public DatabaseUrl url() {
    return url;
  }

  public Database open() {
    return new Database(url.unpooled());
  }

  /** Runs SQL statements, each ended by a semicolon at the end of a line. */
  public void script(String sql) throws SQLException {
    try (var connection = url.unpooled().getConnection();
        var statement = connection.createStatement()) {
      for (var each : sql.split(";\n", -1)) {
        if (!each.isBlank()) {
          statement.execute(each);
        }
      }
    }
  }

  private void onServer(String sql) {
    new Database(server.unpooled()).execute(sql);
  }

  @Override
  public void close() {
    if (server == null) {
      open().execute("SHUTDOWN");
    } else {
      onServer("DROP DATABASE " + name);
    }
  }
}
