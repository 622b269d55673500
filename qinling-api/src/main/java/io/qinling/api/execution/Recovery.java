// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.function.Functions;
import io.qinling.api.identity.Caller;
import io.qinling.api.runtime.Runtimes;
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
  private final Functions functions;
  private final Runtimes runtimes;

  public Recovery(
      ExecutionStore store, ExecutionRunner runner, Functions functions, Runtimes runtimes) {
    this.store = store;
    this.runner = runner;
    this.functions = functions;
    this.runtimes = runtimes;
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
      var function = functions.getCached(owner, execution.functionId());
      runner.resume(execution, function.runnable(runtimes.getCached(owner, function.runtimeId())));
    } catch (QinlingException lost) {
      runner.fail(execution, lost);
    }
  }
}
