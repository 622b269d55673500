// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A way to a database that can be cut off, also between a commit and its answer. */
public final class Outage {
  private final DataSource source;
  private volatile boolean isAway;
  private final AtomicBoolean losesAnswer = new AtomicBoolean();
  private final AtomicInteger failing = new AtomicInteger();
  private final AtomicBoolean refusesEnd = new AtomicBoolean();

  public Outage(TestDatabase test) {
    this.source = test.url().unpooled();
  }

  /** The database at the other end. */
  public Database open() {
    return new Database(
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (_, method, arguments) -> {
                  requirePresence();
                  return method.getName().equals("getConnection")
                      ? losing(source.getConnection())
                      : method.invoke(source, arguments);
                }));
  }

  private Connection losing(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (_, method, arguments) -> {
              if (isEnd(arguments) && refusesEnd.getAndSet(false)) {
                throw new SQLException("It is too long", "22001");
              }
              try {
                var result = method.invoke(connection, arguments);
                if (method.getName().equals("commit") && losesAnswer.getAndSet(false)) {
                  isAway = true;
                  requirePresence();
                }
                return result;
              } catch (InvocationTargetException failed) {
                throw failed.getCause();
              }
            });
  }

  private static boolean isEnd(Object[] arguments) {
    return arguments != null
        && arguments.length > 0
        && arguments[0] instanceof String sql
        && sql.startsWith("UPDATE executions SET status");
  }

  private void requirePresence() throws SQLNonTransientConnectionException {
    if (isAway || failing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new SQLNonTransientConnectionException("It is cut off", "08001");
    }
  }

  public void begin() {
    isAway = true;
  }

  /** So many attempts to connect fail, and no more. */
  public void failNext(int attempts) {
    failing.set(attempts);
  }

  /** The next end of an execution cannot be held; the database itself is there. */
  public void refuseNextEnd() {
    refusesEnd.set(true);
  }

  /** Begins with the next commit, which is made but not answered. */
  public void beginAtNextCommit() {
    losesAnswer.set(true);
  }

  public void end() {
    isAway = false;
  }
}
