// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.nio.file.Path;
import java.util.Locale;

/**
 * One assignment of one file.
 *
 * @param file where it stands
 * @param line the line of its key, from 1
 * @param section {@code DEFAULT}, or the section's name in lower case: oslo.config compares names
 *     so
 * @param key as written, with underscores for dashes
 * @param value the text before substitution, without the quotes around it; the lines of a continued
 *     value are parted by {@code \n}
 */
public record Setting(Path file, int line, String section, String key, String value) {
  /** The section whose options belong to no other section. */
  public static final String DEFAULT = "DEFAULT";

  private static final String PREFIX = "qinling.";

  /** Brings section and key into the form that names are compared in. */
  public Setting {
    section = section(section);
    key = key.replace('-', '_');
  }

  static String section(String written) {
    return written.equalsIgnoreCase(DEFAULT) ? DEFAULT : written.toLowerCase(Locale.ROOT);
  }

  /**
   * The property this setting is offered as, for example {@code
   * qinling.engine.function_concurrency}.
   */
  public String property() {
    return property(section, key);
  }

  static String property(String section, String key) {
    return PREFIX + section.toLowerCase(Locale.ROOT) + "." + key;
  }

  /** How messages name the option: {@code [engine] function_concurrency}. */
  String label() {
    return "[" + section + "] " + key;
  }

  /** Leaves the value out, since it may be a secret. */
  @Override
  public String toString() {
    return file + ":" + line + ": " + label();
  }
}
