// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import java.util.Locale;

/** The life of a runtime. Its names in lower case are what clients and the database know. */
public enum RuntimeStatus {
  /** Its pool is being made. */
  CREATING,
  /** Functions can use it. */
  AVAILABLE,
  /** Its image is being replaced. */
  UPGRADING,
  /** Its pool could not be made. */
  ERROR,
  /** Its pool is being removed; the record goes with it. */
  DELETING;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static RuntimeStatus of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
