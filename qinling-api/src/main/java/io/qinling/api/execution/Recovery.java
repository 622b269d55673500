// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.identity.Caller;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Brings executions to an end that an earlier process left running. Nobody waits for a synchronous
 * one any more, so it ends as an error; an asynchronous one is run with its old id, by which an
 * engine that ran it already knows it.
 */
public final class Recovery {
  private static final Logger LOG = Logger.getLogger(Recovery.class);

  private final ExecutionStore store;
  private final ExecutionRunner runner;
  private final Executions executions;

  public Recovery(ExecutionStore store, ExecutionRunner runner, Executions executions) {
    this.store = store;
    this.runner = runner;
    this.executions = executions;
  }

  /** To be called once, before requests are served. */
  public void recover() {
    var running = store.running();
    running.forEach(this::recover);
    if (!running.isEmpty()) {
      LOG.infof("Executions of an earlier process were taken over: count=%d", running.size());
    }
  }

  private void recover(ExecutionRecord execution) {
    try {
      if (execution.sync()) {
        throw new QinlingException(ErrorCode.UNAVAILABLE, "The service ended while it ran");
      }
      var owner = new Caller(execution.projectId(), true, Optional.empty());
      runner.resume(
          execution,
          executions.runnable(
              owner,
              Optional.empty(),
              Optional.ofNullable(execution.functionId()),
              execution.functionVersion()));
    } catch (QinlingException lost) {
      runner.fail(execution, lost);
    }
  }
}
