// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** How values stand in columns. Times are UTC without a zone, as upstream wrote them. */
public final class Rows {
  private Rows() {}

  /** Null for a column that is null. */
  public static Instant instant(ResultSet row, String column) throws SQLException {
    var value = row.getObject(column, LocalDateTime.class);
    return value == null ? null : value.toInstant(ZoneOffset.UTC);
  }

  /** Sets parameters from the first on. */
  public static void set(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      switch (values[i]) {
        // Of the column's type; PostgreSQL takes no text for a time.
        case null -> statement.setNull(i + 1, Types.NULL);
        case String text -> statement.setString(i + 1, storable(text));
        case Instant time ->
            statement.setObject(
                i + 1,
                LocalDateTime.ofInstant(time.truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC));
        default -> statement.setObject(i + 1, values[i]);
      }
    }
  }

  /** PostgreSQL cannot hold null characters, which functions may well print. */
  private static String storable(String text) {
    return text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
  }
}
