// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

/** Starts runs of jobs. Its methods block. */
public interface JobStarter {
  /**
   * Makes an execution of a job's function; it will be run whatever happens to this process. Does
   * nothing when there is one with this id.
   *
   * @throws io.qinling.error.QinlingException when it is not accepted; there is no execution then
   */
  void start(JobRecord job, String executionId);

  /** Whether there is an execution with this id. */
  boolean hasStarted(JobRecord job, String executionId);
}
