// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

/**
 * How an execution ended.
 *
 * @param outcome whose fault it was, if anybody's
 * @param resultJson JSON object as text
 * @param log what the function wrote
 * @param timing where the time went
 */
public record EngineResult(Outcome outcome, String resultJson, String log, EngineTiming timing) {
  /** The ends that an execution can have. */
  public enum Outcome {
    /** The function returned. */
    SUCCESS,
    /** The function is at fault, or its worker was lost. */
    FAILED,
    /** It could not be started. */
    ERROR
  }
}
