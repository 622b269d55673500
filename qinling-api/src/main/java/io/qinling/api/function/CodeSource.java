// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import java.util.Arrays;
import java.util.Locale;

/** Where the code of a function comes from; its names in lower case are those of the API. */
public enum CodeSource {
  /** A ZIP archive that was uploaded. */
  PACKAGE,
  /** A ZIP archive that was taken from an object store. */
  SWIFT,
  /** A container image. */
  IMAGE;

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws io.qinling.error.QinlingException INVALID_INPUT for all else
   */
  static CodeSource of(String text) {
    return Arrays.stream(values())
        .filter(source -> source.text().equals(text))
        .findFirst()
        .orElseThrow(() ->
            FunctionFields.invalid(
                "Invalid code source specified, available sources: package, swift, image"));
  }
}
