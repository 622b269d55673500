// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import java.util.Locale;

/**
 * How an execution ended.
 *
 * @param status whose fault it was, if anybody's
 * @param resultJson JSON object with "output" and, when the function ran, "duration"
 * @param log what the function wrote
 * @param durationSeconds how long the function ran, by the worker's clock
 * @param waitedNanos how long it waited for a worker
 * @param workerNanos from sending the call to the worker until its answer
 */
public record ExecutionOutcome(
    Status status,
    String resultJson,
    String log,
    double durationSeconds,
    long waitedNanos,
    long workerNanos) {
  /** The final states of an execution. */
  public enum Status {
    /** The function returned. */
    SUCCESS,
    /** The function raised, timed out, was killed, could not be loaded, or its worker was lost. */
    FAILED,
    /** The platform could not start the function. */
    ERROR;

    /** As in the record of the execution. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Characters it holds in memory, roughly. */
  int weight() {
    return resultJson.length() + log.length();
  }
}
