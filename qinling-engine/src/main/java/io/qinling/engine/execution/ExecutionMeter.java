// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

/**
 * Told what becomes of executions, once for each run, on the path of each: its methods neither
 * block nor fail, and hold up no other caller.
 */
public interface ExecutionMeter {
  void ended(ExecutionOutcome outcome);

  /**
   * Nothing was run.
   *
   * @param reason as {@link Executions#execute} ends with it
   */
  void notRun(Throwable reason);
}
