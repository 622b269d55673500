// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** The SQL database. Its methods block; texts of its errors never reach a caller. */
public final class Database {
  private static final int PAGE = 200;
  private static final int ATTEMPTS = 6;
  private static final long PAUSE_MILLIS = 4;

  private final DataSource dataSource;

  public Database(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Work on a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** An item of a list; lists are ordered by time and then by id. */
  public interface Listed {
    String id();

    Instant createdAt();
  }

  /** Reads the row at which a result stands. */
  @FunctionalInterface
  public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /**
   * Gives each item that meets the condition to the sink, the oldest first. They are read page by
   * page, so that a sink which is slow, as clients may be, holds no connection.
   *
   * @param select up to its condition
   */
  public <T extends Listed> void forEach(
      String select, Condition condition, RowReader<T> reader, Consumer<T> sink) {
    var rest = condition;
    while (true) {
      var page = page(select, rest, reader);
      page.forEach(sink);
      if (page.size() < PAGE) {
        return;
      }
      rest = condition.and(Condition.after(page.getLast().createdAt(), page.getLast().id()));
    }
  }

  /** The first items that meet the condition, the oldest first, as many as make a page. */
  public <T> List<T> page(String select, Condition condition, RowReader<T> reader) {
    var sql =
        select + " WHERE " + condition.sql() + " ORDER BY " + condition.order() + " LIMIT " + PAGE;
    return run(connection -> {
      try (var statement = connection.prepareStatement(sql)) {
        Rows.set(statement, condition.parameters().toArray());
        var page = new ArrayList<T>();
        try (var rows = statement.executeQuery()) {
          while (rows.next()) {
            page.add(reader.read(rows));
          }
        }
        return page;
      }
    });
  }

  /** Runs one statement that changes rows; the answer is how many. */
  public int execute(String sql, Object... parameters) {
    return run(connection -> {
      try (var statement = connection.prepareStatement(sql)) {
        Rows.set(statement, parameters);
        return statement.executeUpdate();
      }
    });
  }

  /** Returns when the database answers. */
  public void ping() {
    run(connection -> {
      try (var statement = connection.createStatement()) {
        return statement.execute("SELECT 1");
      }
    });
  }

  /** Runs single statements, each of which is its own transaction. */
  public <T> T run(Work<T> work) {
    try (var connection = connect()) {
      return work.run(connection);
    } catch (SQLException failed) {
      throw translated(failed);
    }
  }

  /**
   * Runs all statements in one transaction, which is rolled back when the work throws. Where it is
   * undone because others were in the way, the work is run again.
   */
  public <T> T inTransaction(Work<T> work) {
    for (int failures = 1; ; failures++) {
      try {
        return tryTransaction(work);
      } catch (SQLException failed) {
        if (!SqlFailures.isRepeatable(failed) || failures == ATTEMPTS) {
          throw translated(failed);
        }
      }
      if (!pause(failures)) {
        throw new QinlingException(ErrorCode.UNAVAILABLE, "The service is stopping");
      }
    }
  }

  private <T> T tryTransaction(Work<T> work) throws SQLException {
    try (var connection = connect()) {
      // The pool sets it back.
      connection.setAutoCommit(false);
      try {
        var result = work.run(connection);
        connection.commit();
        return result;
      } catch (Throwable failed) {
        rollBack(connection, failed);
        throw failed;
      }
    }
  }

  private Connection connect() {
    try {
      return dataSource.getConnection();
    } catch (SQLException failed) {
      throw SqlFailures.unavailable(failed);
    }
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (SQLException lost) {
      cause.addSuppressed(lost);
    }
  }

  /** With jitter, so that those who were in each other's way do not meet again. */
  private static boolean pause(int failures) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(PAUSE_MILLIS << failures));
      return true;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What a failure of the database means to a caller; a defect of ours stays a defect. */
  public static RuntimeException translated(SQLException failed) {
    return SqlFailures.translated(failed);
  }
}
