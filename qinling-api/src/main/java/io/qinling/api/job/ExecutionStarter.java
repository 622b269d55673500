// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.execution.ExecutionRequest;
import io.qinling.api.execution.Executions;
import io.qinling.api.identity.Caller;
import io.qinling.error.QinlingException;
import java.util.Optional;

/** Starts runs of jobs as asynchronous executions, in the name of the job's project. */
public final class ExecutionStarter implements JobStarter {
  /** Clients find the executions of a job by this text. */
  private static final String DESCRIPTION = "Created by Job ";

  private final Executions executions;

  public ExecutionStarter(Executions executions) {
    this.executions = executions;
  }

  @Override
  public void start(JobRecord job, String executionId) {
    try {
      executions.create(
          Caller.inProject(job.projectId()),
          new ExecutionRequest(
              Optional.of(executionId),
              Optional.ofNullable(job.functionId()),
              Optional.ofNullable(job.functionAlias()),
              job.functionVersion(),
              Optional.of(DESCRIPTION + job.id()),
              Optional.ofNullable(job.functionInput()),
              false));
    } catch (QinlingException refused) {
      if (!hasStarted(job, executionId)) {
        throw refused;
      }
    }
  }

  @Override
  public boolean hasStarted(JobRecord job, String executionId) {
    return executions.exists(Caller.inProject(job.projectId()), executionId);
  }
}
