// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import io.qinling.error.QinlingException;

/**
 * Runs functions that are container images, each execution in a container of its own. Methods
 * block, are called on virtual threads and may be called at the same time.
 */
public interface ContainerRunner {
  /**
   * Runs a container and returns when it has ended and is gone. One that another engine has started
   * for the same execution is not started again, but waited for.
   *
   * @throws QinlingException when nothing was run: INVALID_INPUT when the orchestrator cannot have
   *     a container for this execution, ORCHESTRATOR_FAILED when the container does not start, with
   *     a reason for the function's owner, OVERLOADED when there is no room for it, UNAVAILABLE
   *     when the orchestrator cannot be reached
   */
  ContainerEnd run(ContainerCall call);

  /** Ends the container of an execution that this engine runs; does nothing without one. */
  void stop(String executionId);
}
