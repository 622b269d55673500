// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.time.Instant;

/**
 * How an execution ended.
 *
 * @param status a final one
 * @param result a JSON object as text, or null
 * @param log what the function wrote, or null
 * @param error why the platform could not run it, for its owner to read, or null
 * @param at when
 */
public record ExecutionEnd(
    ExecutionStatus status, String result, String log, String error, Instant at) {
  public ExecutionEnd {
    if (!ExecutionStatus.RUNNING.mayBecome(status)) {
      throw new IllegalArgumentException("An execution cannot end as " + status);
    }
  }

  /** An end for which the platform is to blame. */
  static ExecutionEnd error(String result, String error, Instant at) {
    return new ExecutionEnd(ExecutionStatus.ERROR, result, null, error, at);
  }
}
