// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import javax.sql.DataSource;

/** The SQL database. Its methods block; texts of its errors never reach a caller. */
public final class Database {
  /** Class of SQL states, from ISO/IEC 9075-2; the exception's class is another one for batches. */
  private static final String INTEGRITY_VIOLATION = "23";

  private final DataSource dataSource;

  public Database(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Work on a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** Runs single statements, each of which is its own transaction. */
  public <T> T run(Work<T> work) {
    try (var connection = dataSource.getConnection()) {
      return work.run(connection);
    } catch (SQLException failed) {
      throw translated(failed);
    }
  }

  /** Runs all statements in one transaction, which is rolled back when the work throws. */
  public <T> T inTransaction(Work<T> work) {
    try (var connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        var result = work.run(connection);
        connection.commit();
        return result;
      } catch (Throwable failed) {
        connection.rollback();
        throw failed;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException failed) {
      throw translated(failed);
    }
  }

  /** What a failure of the database means to a caller; a defect of ours stays a defect. */
  public static RuntimeException translated(SQLException failed) {
    if (String.valueOf(failed.getSQLState()).startsWith(INTEGRITY_VIOLATION)) {
      return new QinlingException(
          ErrorCode.INVALID_INPUT, "Duplicate or dangling reference", failed);
    }
    if (failed instanceof SQLTransientException) {
      return new QinlingException(ErrorCode.UNAVAILABLE, "The database is not available", failed);
    }
    return new IllegalStateException("The database refused a statement", failed);
  }
}
