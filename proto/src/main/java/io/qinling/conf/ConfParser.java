// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The grammar of oslo.config's {@code iniparser} (compared with release 9.0): a line that begins
 * with blank space continues the value above it, whatever it holds; only a whole line can be a
 * comment; an empty line or a comment ends a value.
 */
final class ConfParser {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  // Python's strip() takes these as blank; a no-break space pasted from a web page is among them.
  private static final String BLANKS = "[\\s\\x{1c}-\\x{1f}]+";
  private static final Pattern LEADING =
      Pattern.compile("^" + BLANKS, Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern TRAILING =
      Pattern.compile(BLANKS + "$", Pattern.UNICODE_CHARACTER_CLASS);

  private final Path file;
  private final List<Setting> settings = new ArrayList<>();
  private int line;
  private String section;
  private int keyLine;
  private String key;
  private String value;

  private ConfParser(Path file) {
    this.file = file;
  }

  /**
   * Reads a whole file.
   *
   * @param file its name in messages and settings
   * @param text its content; a byte order mark is passed over
   * @return the assignments in the order of the file, repeated keys included
   * @throws ConfException naming file and line
   */
  static List<Setting> parse(Path file, String text) {
    boolean marked = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
    ConfParser parser = new ConfParser(file);
    (marked ? text.substring(1) : text).lines().forEachOrdered(parser::take);
    parser.endAssignment();
    return List.copyOf(parser.settings);
  }

  private void take(String raw) {
    line++;
    String text = TRAILING.matcher(raw).replaceFirst("");
    boolean continued = text.startsWith(" ") || text.startsWith("\t");
    if (continued) {
      continueValue(text);
      return;
    }
    endAssignment();
    if (text.startsWith("[")) {
      beginSection(text);
    } else if (!text.isEmpty() && !text.startsWith("#") && !text.startsWith(";")) {
      beginAssignment(text);
    }
  }

  private void continueValue(String text) {
    if (key == null) {
      throw error("this line begins with blank space but there is no value above it to continue");
    }
    value += "\n" + strip(text);
  }

  private void beginSection(String text) {
    if (!text.endsWith("]")) {
      throw error("a section must end with ], with nothing behind it");
    }
    if (text.length() == 2) {
      throw error("the section has no name");
    }
    section = text.substring(1, text.length() - 1);
  }

  private void beginAssignment(String text) {
    int colon = text.indexOf(':');
    int equals = text.indexOf('=');
    if (colon < 0 && equals < 0) {
      throw error("expected 'key = value' or 'key: value'");
    }
    int sign = colon < 0 || (equals >= 0 && equals < colon) ? equals : colon;
    String name = strip(text.substring(0, sign));
    if (name.isEmpty()) {
      throw error("there is no key before the " + text.charAt(sign));
    }
    if (section == null) {
      throw error("'" + name + "' stands before any [section]");
    }
    key = name;
    keyLine = line;
    value = unquote(strip(text.substring(sign + 1)));
  }

  private void endAssignment() {
    if (key != null) {
      settings.add(new Setting(file, keyLine, section, key, value));
      key = null;
    }
  }

  /** A lone quote counts as an opened and closed pair, as it does in oslo.config. */
  private static String unquote(String text) {
    boolean quoted =
        (text.startsWith("\"") && text.endsWith("\""))
            || (text.startsWith("'") && text.endsWith("'"));
    return quoted ? text.substring(1, Math.max(1, text.length() - 1)) : text;
  }

  private static String strip(String text) {
    return TRAILING.matcher(LEADING.matcher(text).replaceFirst("")).replaceFirst("");
  }

  private ConfException error(String message) {
    return ConfException.at(file, line, message);
  }
}
