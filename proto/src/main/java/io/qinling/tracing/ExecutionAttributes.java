// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;

/** What spans tell of executions. */
public final class ExecutionAttributes {
  private static final String SUCCESS = "success";

  private ExecutionAttributes() {}

  /** Which one it is. */
  public static void begun(Span span, String executionId, String functionId, int version) {
    span.setAttribute("qinling.execution_id", executionId)
        .setAttribute("qinling.function_id", functionId)
        .setAttribute("qinling.function_version", version);
  }

  /**
   * How it ended.
   *
   * @param status as in its record; all but {@code success} make the span an error
   */
  public static void ended(Span span, String status) {
    span.setAttribute("qinling.status", status);
    if (!status.equals(SUCCESS)) {
      span.setStatus(StatusCode.ERROR);
    }
  }
}
