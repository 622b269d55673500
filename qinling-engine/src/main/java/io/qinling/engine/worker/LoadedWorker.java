// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.orchestrator.Worker;
import java.util.concurrent.CompletableFuture;

/** A worker with its function. Safe for use by any thread; never blocks. */
public interface LoadedWorker extends AutoCloseable {
  Worker worker();

  /** What it has loaded. */
  FunctionKey function();

  /** How many executions it runs at a time. */
  int slots();

  /** Runs the action once, when the worker cannot be reached any more. */
  void onLost(Runnable action);

  /**
   * Runs an execution in a slot, which the caller holds.
   *
   * @param slot from 0
   * @return the result, on an event loop, or a {@link WorkerLostException}
   */
  CompletableFuture<WorkerResult> execute(int slot, WorkerCall call);

  /** Stops an execution; its own answer says so. Does nothing when it has ended. */
  void cancel(String executionId);

  /** Gives up the connections; the worker itself is the orchestrator's. */
  @Override
  void close();
}
