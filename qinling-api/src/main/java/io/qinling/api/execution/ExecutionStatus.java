// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.Arrays;
import java.util.List;
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

  /** All moves there are: none but from running, and none back. */
  public boolean mayBecome(ExecutionStatus next) {
    return switch (this) {
      case RUNNING -> next.isFinal();
      case SUCCESS, FAILED, ERROR -> false;
    };
  }

  /** Whether an execution stays so for ever. */
  public boolean isFinal() {
    return this != RUNNING;
  }

  /** Those that an execution stays in for ever. */
  static List<ExecutionStatus> finalOnes() {
    return Arrays.stream(values()).filter(ExecutionStatus::isFinal).toList();
  }

  /** As clients and the database know it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static ExecutionStatus of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
