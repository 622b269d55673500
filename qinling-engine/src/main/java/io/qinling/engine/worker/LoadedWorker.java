// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.qinling.engine.orchestrator.Worker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A worker with its function, and a connection for each of its slots. Safe for use by any thread;
 * never blocks.
 */
public final class LoadedWorker implements AutoCloseable {
  private static final int STATUS_OK = 200;

  private final Worker worker;
  private final WorkerClient client;
  private final List<WorkerConnection> connections;
  private final WorkerLimits limits;

  LoadedWorker(
      Worker worker, WorkerClient client, List<WorkerConnection> connections, WorkerLimits limits) {
    this.worker = worker;
    this.client = client;
    this.connections = connections;
    this.limits = limits;
  }

  public Worker worker() {
    return worker;
  }

  public int slots() {
    return connections.size();
  }

  /**
   * Runs the action once, when the first of the connections ends: the worker is of no more use
   * then.
   */
  public void onLost(Runnable action) {
    var once = new AtomicBoolean();
    for (var connection : connections) {
      connection.onClose(() -> {
        if (once.compareAndSet(false, true)) {
          action.run();
        }
      });
    }
  }

  /**
   * Runs an execution in a slot, which the caller holds.
   *
   * @return the result, on an event loop, or a {@link WorkerLostException}
   */
  public CompletableFuture<WorkerResult> execute(int slot, WorkerCall call) {
    return connections
        .get(slot)
        .send(WorkerRequests.execute(worker, call), call.timeout().plus(limits.grace()))
        .thenApply(LoadedWorker::result);
  }

  private static WorkerResult result(Reply reply) {
    if (reply.status() != STATUS_OK) {
      throw new WorkerLostException(
          "The worker answered " + reply.status() + " when it should run a function", null);
    }
    return ReplyParser.result(reply.body());
  }

  /** Stops an execution; its own answer says so. Does nothing when it has ended. */
  public void cancel(String executionId) {
    client
        .connect(worker)
        .thenAccept(connection ->
            connection
                .send(WorkerRequests.cancel(worker, executionId), limits.grace())
                .whenComplete((reply, failure) -> connection.close()));
  }

  @Override
  public void close() {
    connections.forEach(WorkerConnection::close);
  }
}
