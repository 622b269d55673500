// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.nio.file.Path;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The database as operators name it, {@code [database] connection}, in the form of SQLAlchemy.
 *
 * @param kind which database it is
 * @param jdbc its address for JDBC, with all that a session needs
 * @param user whom to connect as
 * @param password never shown
 */
public record DatabaseUrl(DatabaseKind kind, String jdbc, String user, String password) {
  private static final String H2_FILE = "jdbc:h2:file:";
  private static final String FORMS =
      "it must be mysql+pymysql://user:password@host:port/database,"
          + " postgresql://user:password@host:port/database, h2:///relative/path or"
          + " h2:////absolute/path";

  /**
   * Reads an address. Messages of refusals name the option at fault and never show a password.
   *
   * @throws DatabaseUrlException when the form, the database or an option is not known
   */
  public static DatabaseUrl parse(String connection) {
    int end = connection.indexOf("://");
    return switch (end < 0 ? "" : connection.substring(0, end)) {
      case "h2" -> h2(connection.substring(end + 3));
      case "mysql", "mysql+pymysql", "mysql+mysqldb", "mariadb", "mariadb+pymysql" ->
          MariaDbUrl.of(ServerAddress.parse(connection));
      case "postgresql", "postgresql+psycopg2" -> PostgreSqlUrl.of(ServerAddress.parse(connection));
      case "sqlite" ->
          throw new DatabaseUrlException(
              "SQLite is not supported; use h2:////absolute/path for a database in a file");
      default -> throw new DatabaseUrlException(FORMS);
    };
  }

  /** Like SQLite's: one slash ends the host that there is none of, the rest is the path. */
  private static DatabaseUrl h2(String rest) {
    if (!rest.startsWith("/") || rest.length() == 1) {
      throw new DatabaseUrlException(FORMS);
    }
    var file = Path.of(rest.substring(1)).toAbsolutePath();
    // The journal decides when to write: see JournalWriter.
    return new DatabaseUrl(
        DatabaseKind.H2,
        H2_FILE + file + ";DB_CLOSE_ON_EXIT=FALSE;NON_KEYWORDS=COUNT",
        "qinling",
        "");
  }

  /** The file of an embedded database, which may not be there yet; empty for those of servers. */
  public Optional<Path> file() {
    return kind == DatabaseKind.H2
        ? Optional.of(Path.of(jdbc.substring(H2_FILE.length(), jdbc.indexOf(';')) + ".mv.db"))
        : Optional.empty();
  }

  /** Opens a connection each time. */
  public DataSource unpooled() {
    return new Unpooled(this);
  }

  @Override
  public String toString() {
    return kind + " " + jdbc;
  }
}
