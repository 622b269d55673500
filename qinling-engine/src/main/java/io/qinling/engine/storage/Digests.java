// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/** The names of packages. */
public final class Digests {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private Digests() {}

  /**
   * @throws QinlingException INVALID_INPUT unless the text is 64 lower-case hexadecimal digits, so
   *     that it is safe as a file name or object name
   */
  public static String require(String digest) {
    if (!isDigest(digest)) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "Not a SHA-256 digest in lower-case hexadecimal");
    }
    return digest;
  }

  /** Whether a text is what {@link #require} accepts. */
  public static boolean isDigest(String text) {
    return DIGEST.matcher(text).matches();
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      // Every Java platform has it: specification of java.security.MessageDigest.
      throw new IllegalStateException(impossible);
    }
  }
}
