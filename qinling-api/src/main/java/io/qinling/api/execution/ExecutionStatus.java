// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.Locale;

/** The life of an execution: from running to one of the others, once. */
public enum ExecutionStatus {
  /** Accepted, and not ended. */
  RUNNING,
  /** The function returned. */
  SUCCESS,
  /** The function raised, was killed or could not be loaded. */
  FAILED,
  /** The platform could not run the function. */
  ERROR;

  /** As clients and the database know it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static ExecutionStatus of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
