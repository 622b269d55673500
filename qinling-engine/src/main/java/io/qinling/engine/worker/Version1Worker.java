// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.netty.handler.codec.http.FullHttpRequest;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Worker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A worker of version 1 with its function. It cannot be told to stop an execution, and not all of
 * its kind watch the time: a worker in which one goes on that nobody waits for counts as lost, and
 * ends when the others in it have.
 */
final class Version1Worker implements LoadedWorker {
  private final Worker worker;
  private final FunctionVersion function;
  private final int slots;
  private final WorkerClient client;
  private final WorkerLimits limits;
  private final PackageLinks links;
  private final ConcurrentMap<String, CompletableFuture<WorkerResult>> running =
      new ConcurrentHashMap<>();
  private final CompletableFuture<Void> lost = new CompletableFuture<>();

  Version1Worker(
      Worker worker,
      FunctionVersion function,
      int slots,
      WorkerClient client,
      WorkerLimits limits,
      PackageLinks links) {
    this.worker = worker;
    this.function = function;
    this.slots = slots;
    this.client = client;
    this.limits = limits;
    this.links = links;
  }

  @Override
  public Worker worker() {
    return worker;
  }

  @Override
  public FunctionKey function() {
    return function.key();
  }

  @Override
  public int slots() {
    return slots;
  }

  @Override
  public void onLost(Runnable action) {
    var _ = lost.thenRun(action);
  }

  @Override
  public CompletableFuture<WorkerResult> execute(int slot, WorkerCall call) {
    var result = new CompletableFuture<WorkerResult>();
    running.put(call.executionId(), result);
    // With a link though the worker has its package: others than upstream's may fetch it again.
    var link = links.issue(function.packageDigest(), worker.name());
    var request = Version1Requests.execute(worker, function, link, call);
    var _ =
        client
            .connect(worker)
            .whenComplete((connection, unreachable) -> {
              if (unreachable == null) {
                result.whenComplete((_, _) -> connection.close());
                send(request, connection, call.timeout(), result);
              } else {
                result.completeExceptionally(WorkerLostException.beforeSending());
              }
            });
    return result.whenComplete((_, _) -> running.remove(call.executionId(), result));
  }

  private void send(
      FullHttpRequest request,
      WorkerConnection connection,
      Duration timeout,
      CompletableFuture<WorkerResult> result) {
    var limit = timeout.plus(limits.grace());
    connection
        .send(
            request,
            limit,
            () -> giveUp(result, Version1Replies.timedOut(timeout)),
            limit.plus(limits.grace()))
        .whenComplete((reply, failure) -> {
          if (failure == null) {
            result.complete(Version1Replies.result(reply, limits));
          } else {
            Version1Replies.result(failure, limits)
                .ifPresentOrElse(result::complete, () -> result.completeExceptionally(failure));
          }
        });
  }

  private void giveUp(CompletableFuture<WorkerResult> result, WorkerResult instead) {
    // In this order, since its slot is given to somebody else when the result is there.
    if (!result.isDone()) {
      lost.complete(null);
      result.complete(instead);
    }
  }

  @Override
  public void cancel(String executionId) {
    var result = running.get(executionId);
    if (result != null) {
      giveUp(result, Version1Replies.cancelled());
    }
  }

  @Override
  public void close() {
    var gone = new WorkerLostException("The connection to the worker was closed", null);
    running.values().forEach(result -> result.completeExceptionally(gone));
  }
}
