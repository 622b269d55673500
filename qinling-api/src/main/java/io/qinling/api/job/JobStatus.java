// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.util.Locale;

/** The life of a job. */
public enum JobStatus {
  /** It is run when it is due. */
  RUNNING,
  /** It waits for its owner. */
  PAUSED,
  /** Its owner ended it. */
  CANCELLED,
  /** It has run as often as it was to run. */
  DONE;

  /** As clients and the database know it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static JobStatus of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** Whether a job stays like this. */
  boolean isFinal() {
    return this == CANCELLED || this == DONE;
  }
}
