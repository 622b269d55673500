// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.nio.file.Path;

/**
 * A setting that has no effect, which its author should know.
 *
 * @param kind why it has none
 * @param file where it stands
 * @param line its line, from 1
 * @param section its section
 * @param key its key
 * @param suggestion {@link Kind#UNKNOWN}: the known option with nearly this name, or empty; {@link
 *     Kind#REMOVED}: what to do instead
 */
public record Finding(
    Kind kind, Path file, int line, String section, String key, String suggestion) {
  /** Why a setting has no effect. */
  public enum Kind {
    /** No option of a known section has this name. */
    UNKNOWN,
    /** The option was taken out. */
    REMOVED
  }

  static Finding of(Kind kind, Setting setting, String suggestion) {
    return new Finding(
        kind, setting.file(), setting.line(), setting.section(), setting.key(), suggestion);
  }

  /**
   * The line to log, for example {@code /etc/qinling/qinling.conf:12: unknown option [engine]
   * function_concurency; did you mean function_concurrency?}
   */
  public String message() {
    String where = "%s:%d: ".formatted(file, line);
    String option = "option [%s] %s".formatted(section, key);
    return switch (kind) {
      case UNKNOWN -> {
        String hint = suggestion.isEmpty() ? "" : "; did you mean " + suggestion + "?";
        yield where + "unknown " + option + hint;
      }
      case REMOVED -> where + option + " has no effect any more: " + suggestion;
    };
  }
}
