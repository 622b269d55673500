// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

/**
 * Told what becomes of executions, on the path of each: its methods neither block nor fail, and
 * hold up no other caller.
 */
public interface ExecutionMeter {
  /** An execution has a final state, which is recorded. */
  void ended(ExecutionStatus status);

  /**
   * A synchronous execution that an engine has run is recorded.
   *
   * @param nanos since the engine was called
   */
  void answered(long nanos);

  /** An execution was not run for want of room. */
  void refused();
}
