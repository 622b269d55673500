// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Reads the options of a SQLAlchemy URL and collects those of a JDBC one. */
final class JdbcOptions {
  private final Map<String, String> given;
  private final Map<String, String> jdbc = new LinkedHashMap<>();

  JdbcOptions(Map<String, String> given) {
    this.given = new LinkedHashMap<>(given);
  }

  /** The value, or null; what is never taken is refused in the end. */
  String take(String name) {
    return given.remove(name);
  }

  boolean takeFlag(String name, boolean fallback) {
    var value = take(name);
    return switch (value == null ? "" : value.toLowerCase(Locale.ROOT)) {
      case "" -> fallback;
      case "1", "true" -> true;
      case "0", "false" -> false;
      default -> throw new DatabaseUrlException("the option " + name + " must be true or false");
    };
  }

  /** Refuses any other character set than those whose texts UTF-8 can hold. */
  void takeCharset(String name) {
    var charset = take(name);
    if (charset != null && !charset.toLowerCase(Locale.ROOT).matches("utf-?8(mb[34])?")) {
      throw new DatabaseUrlException(
          "the option " + name + " must be left out or be utf8; texts are always UTF-8");
    }
  }

  /**
   * Passes a number of seconds on.
   *
   * @param unitsPerSecond what the driver counts in
   */
  void passSeconds(String name, String jdbcName, int unitsPerSecond) {
    var seconds = take(name);
    if (seconds != null) {
      if (!seconds.matches("[0-9]{1,6}")) {
        throw new DatabaseUrlException("the option " + name + " must be a number of seconds");
      }
      set(jdbcName, String.valueOf(Long.parseLong(seconds) * unitsPerSecond));
    }
  }

  void set(String jdbcName, String value) {
    jdbc.put(jdbcName, value);
  }

  /**
   * The query of the JDBC URL.
   *
   * @param known what a refusal says that may be given
   * @param encoding of values
   * @throws DatabaseUrlException naming an option that was given and not taken
   */
  String query(String known, UnaryOperator<String> encoding) {
    given.keySet().stream()
        .findFirst()
        .ifPresent(name -> {
          throw new DatabaseUrlException(
              "the option " + name + " is not supported; known are " + known);
        });
    return jdbc.entrySet().stream()
        .map(option -> option.getKey() + "=" + encoding.apply(option.getValue()))
        .collect(Collectors.joining("&"));
  }
}
