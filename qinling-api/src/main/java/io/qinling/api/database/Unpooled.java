// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** Opens a connection each time; for the few that migrations need. */
record Unpooled(DatabaseUrl url) implements DataSource {
  @Override
  public Connection getConnection() throws SQLException {
    return getConnection(url.user(), url.password());
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    var connection = DriverManager.getConnection(url.jdbc(), properties);
    if (url.kind().sessionSql().isPresent()) {
      try (var statement = connection.createStatement()) {
        statement.execute(url.kind().sessionSql().get());
      } catch (SQLException failed) {
        connection.close();
        throw failed;
      }
    }
    return connection;
  }

  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("Wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
