// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What failures of the three databases mean, by their SQL states: the classes of ISO/IEC 9075-2,
 * and what each database adds to them.
 */
final class SqlFailures {
  private static final Pattern INTEGRITY_VIOLATION = Pattern.compile("23.*");

  /**
   * Connections that are lost or refused; PostgreSQL being out of resources, shut down, started,
   * read-only as a replica is, or at odds with its disk; H2 closed, or locked by another process.
   */
  private static final Pattern UNAVAILABLE =
      Pattern.compile("08.*|53.*|57P.*|58.*|25006|90013|90020|90067|90098|90121");

  /** Data exceptions of ISO/IEC 9075-2, such as a null character for PostgreSQL. */
  private static final Pattern UNSTORABLE = Pattern.compile("22.*");

  private static final Pattern REPEATABLE = Pattern.compile("40.*");

  /** MariaDB: a lock waited for in vain, a server that stops, one that only reads. */
  private static final Set<Integer> UNAVAILABLE_CODES = Set.of(1205, 1053, 1290, 1836);

  private SqlFailures() {}

  /** Whether the transaction was undone for reasons of others, and may succeed the next time. */
  static boolean isRepeatable(SQLException failed) {
    return REPEATABLE.matcher(state(failed)).matches();
  }

  static RuntimeException translated(SQLException failed) {
    if (INTEGRITY_VIOLATION.matcher(state(failed)).matches()) {
      return new QinlingException(
          ErrorCode.INVALID_INPUT, "Duplicate or dangling reference", failed);
    }
    if (UNSTORABLE.matcher(state(failed)).matches()) {
      return new QinlingException(
          ErrorCode.INVALID_INPUT, "The database cannot hold a value of the request", failed);
    }
    return isUnavailable(failed)
        ? unavailable(failed)
        : new IllegalStateException("The database refused a statement", failed);
  }

  static QinlingException unavailable(SQLException failed) {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The database is not available", failed);
  }

  static boolean isUnavailable(SQLException failed) {
    return failed instanceof SQLTransientException
        || failed instanceof SQLRecoverableException
        || failed instanceof SQLNonTransientConnectionException
        || isRepeatable(failed)
        || UNAVAILABLE.matcher(state(failed)).matches()
        || UNAVAILABLE_CODES.contains(failed.getErrorCode());
  }

  private static String state(SQLException failed) {
    return String.valueOf(failed.getSQLState());
  }
}
