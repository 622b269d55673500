// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.time.Instant;

/**
 * How an execution ended.
 *
 * @param status a final one
 * @param result a JSON object as text, or null
 * @param log what the function wrote, or null
 * @param at when
 */
public record ExecutionEnd(ExecutionStatus status, String result, String log, Instant at) {
  public ExecutionEnd {
    if (status == ExecutionStatus.RUNNING) {
      throw new IllegalArgumentException("Running is not the end of an execution");
    }
  }
}
