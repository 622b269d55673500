// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.orchestrator.Worker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** A worker with a connection for each of its slots. */
final class ConnectedWorker implements LoadedWorker {
  private static final int STATUS_OK = 200;

  /** A worker that is well has ended an execution by then that ran into its timeout. */
  private static final Duration OVERDUE = Duration.ofMillis(500);

  private final Worker worker;
  private final FunctionKey function;
  private final WorkerClient client;
  private final List<WorkerConnection> connections;
  private final WorkerLimits limits;
  private final Runnable onOverdue;

  ConnectedWorker(
      Worker worker,
      FunctionKey function,
      WorkerClient client,
      List<WorkerConnection> connections,
      WorkerLimits limits,
      Runnable onOverdue) {
    this.worker = worker;
    this.function = function;
    this.client = client;
    this.connections = connections;
    this.limits = limits;
    this.onOverdue = onOverdue;
  }

  @Override
  public Worker worker() {
    return worker;
  }

  @Override
  public FunctionKey function() {
    return function;
  }

  @Override
  public int slots() {
    return connections.size();
  }

  @Override
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

  @Override
  public CompletableFuture<WorkerResult> execute(int slot, WorkerCall call) {
    return connections
        .get(slot)
        .send(
            WorkerRequests.execute(worker, call),
            call.timeout().plus(OVERDUE),
            onOverdue,
            limits.patience(call.timeout()))
        .thenApply(ConnectedWorker::result);
  }

  private static WorkerResult result(Reply reply) {
    if (reply.status() != STATUS_OK) {
      throw new WorkerLostException(
          "The worker answered " + reply.status() + " when it should run a function", null);
    }
    return ReplyParser.result(reply.body());
  }

  @Override
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
