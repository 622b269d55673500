// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.regex.Pattern;

/** Checks of texts that come from clients. All refusals are INVALID_INPUT. */
public final class Texts {
  /** What Python's UUID parser takes, since clients were written against it. */
  private static final Pattern HEX_DIGITS = Pattern.compile("[0-9a-fA-F]{32}");

  private static final Pattern CANONICAL =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private Texts() {}

  /** Refuses what no database column can hold. */
  public static void requireLength(String what, String text, int maxLength) {
    // Not every database counts a character beyond the basic plane as one.
    if (text.length() > maxLength) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, what + " is longer than " + maxLength + " characters");
    }
    requireStorable(what, text);
  }

  /** Refuses what not every database takes. */
  public static void requireStorable(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new QinlingException(ErrorCode.INVALID_INPUT, what + " has a null character");
    }
    requireUnicode(what, text);
  }

  /** Refuses halves of characters, which have no UTF-8. */
  public static void requireUnicode(String what, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isHighSurrogate(text.charAt(i))
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(text.charAt(i))) {
        throw new QinlingException(
            ErrorCode.INVALID_INPUT, what + " has a surrogate that is not part of a pair");
      }
    }
  }

  /** Accepts upper case, braces, a urn prefix and missing dashes. */
  public static void requireUuid(String what, String text) {
    var digits = text.replace("urn:", "").replace("uuid:", "");
    digits = digits.replaceAll("^[{}]+|[{}]+$", "").replace("-", "");
    if (!HEX_DIGITS.matcher(digits).matches()) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          "Invalid input for field/attribute " + what + ": it must be a UUID");
    }
  }

  /** Refuses a part of a form that has no name, which is null then. */
  public static void requirePartName(String name) {
    if (name == null) {
      throw new QinlingException(ErrorCode.INVALID_INPUT, "A part of the form has no name");
    }
  }

  /** Reads the number of a function version, which stands in an address. */
  public static int requireVersion(String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "The version of a function must be an integer, from 0 on");
    }
    return Integer.parseInt(text);
  }

  /** Accepts lower case with dashes only, the form in which ids are kept. */
  public static void requireCanonicalUuid(String what, String text) {
    if (!CANONICAL.matcher(text).matches()) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          what + " must be a UUID in lower case with dashes, or be left out");
    }
  }
}
