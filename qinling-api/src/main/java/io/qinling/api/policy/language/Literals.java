// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Pattern;

/** The left side of a check where it is a value instead of the name of a credential. */
final class Literals {
  private static final Pattern QUOTED = Pattern.compile("'(?<a>[^'\\\\]*)'|\"(?<b>[^\"\\\\]*)\"");
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+");
  private static final Pattern BROKEN_UP = Pattern.compile("[+-]?[0-9]+\\.[0-9]+");

  private Literals() {}

  /**
   * The text of a literal as Python would write it; empty for what is none.
   *
   * @throws IllegalArgumentException for a quotation mark without its partner
   */
  static Optional<String> text(String kind) {
    if (kind.startsWith("'") || kind.startsWith("\"")) {
      var quoted = QUOTED.matcher(kind);
      if (!quoted.matches()) {
        throw new IllegalArgumentException("the quotation of " + kind + " does not end");
      }
      return Optional.of(quoted.group("a") != null ? quoted.group("a") : quoted.group("b"));
    }
    return switch (kind) {
      case "True", "False", "None" -> Optional.of(kind);
      default -> number(kind);
    };
  }

  private static Optional<String> number(String kind) {
    if (WHOLE.matcher(kind).matches()) {
      return Optional.of(new BigInteger(kind).toString());
    }
    return BROKEN_UP.matcher(kind).matches()
        ? Optional.of(Double.toString(Double.parseDouble(kind)))
        : Optional.empty();
  }
}
