// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A condition of a WHERE clause.
 *
 * @param sql with a question mark for each parameter
 * @param parameters in the order of the question marks
 */
public record Condition(String sql, List<Object> parameters) {
  public static final Condition ALL = new Condition("1 = 1", List.of());

  private static final String OF_ONE_PROJECT = "project_id = ?";

  public Condition {
    parameters = List.copyOf(parameters);
  }

  public static Condition equal(String column, String value) {
    return new Condition(column + " = ?", List.of(value));
  }

  /** What comes after an item in lists, which are ordered by time and then by id. */
  public static Condition after(Instant createdAt, String id) {
    // So that an index by project and time is entered at the item, by each of the databases.
    return new Condition(
        "created_at >= ? AND (created_at > ? OR id > ?)", List.of(createdAt, createdAt, id));
  }

  /**
   * The order of a list. The items of one project are ordered by it as well, which changes nothing
   * but that H2 reads them in the order of their index then, instead of sorting all for each page.
   */
  String order() {
    return sql.startsWith(OF_ONE_PROJECT) ? "project_id, created_at, id" : "created_at, id";
  }

  /** Both must hold. */
  public Condition and(Condition other) {
    var both = new ArrayList<>(parameters);
    both.addAll(other.parameters);
    return new Condition(sql + " AND " + other.sql, both);
  }

  /**
   * A condition in the filter language of the v1 API: {@code operator:value}, where a text without
   * a known operator is the value that the column must equal.
   */
  public static Condition filter(String column, String expression) {
    int colon = expression.indexOf(':');
    var value = expression.substring(colon + 1);
    return switch (colon < 0 ? "" : expression.substring(0, colon)) {
      case "eq" -> equal(column, value);
      case "neq" -> new Condition(column + " <> ?", List.of(value));
      case "gt" -> new Condition(column + " > ?", List.of(value));
      case "gte" -> new Condition(column + " >= ?", List.of(value));
      case "lt" -> new Condition(column + " < ?", List.of(value));
      case "lte" -> new Condition(column + " <= ?", List.of(value));
      case "has" -> has(column, value);
      case "in" -> oneOf(column + " IN ", value);
      case "nin" -> oneOf(column + " NOT IN ", value);
      default -> equal(column, expression);
    };
  }

  /** Per cent signs and underscores stand for any text, and nothing takes that from them. */
  private static Condition has(String column, String value) {
    // Left to themselves, databases see an escape in the backslash.
    return new Condition(
        column + " LIKE ? ESCAPE '|'", List.of("%" + value.replace("|", "||") + "%"));
  }

  private static Condition oneOf(String test, String list) {
    var items = list.split(",", -1);
    return new Condition(
        test + "(" + String.join(", ", Collections.nCopies(items.length, "?")) + ")",
        List.of((Object[]) items));
  }
}
