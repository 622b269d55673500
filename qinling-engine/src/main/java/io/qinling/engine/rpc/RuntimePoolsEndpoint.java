// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.stub.StreamObserver;
import io.qinling.engine.config.Threads;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.PoolStatus;
import io.qinling.engine.v1.CheckOrchestratorRequest;
import io.qinling.engine.v1.CheckOrchestratorResponse;
import io.qinling.engine.v1.CreatePoolRequest;
import io.qinling.engine.v1.CreatePoolResponse;
import io.qinling.engine.v1.DeletePoolRequest;
import io.qinling.engine.v1.DeletePoolResponse;
import io.qinling.engine.v1.DescribePoolRequest;
import io.qinling.engine.v1.DescribePoolResponse;
import io.qinling.engine.v1.RuntimePoolsGrpc.RuntimePoolsImplBase;
import io.qinling.engine.v1.UpdatePoolRequest;
import io.qinling.engine.v1.UpdatePoolResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.quarkus.grpc.GrpcService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.ReentrantLock;

/** The calls that manage pools. */
@GrpcService
public class RuntimePoolsEndpoint extends RuntimePoolsImplBase {
  private final Orchestrator orchestrator;
  private final ExecutorService blocking;

  /** By runtimes. */
  private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();

  RuntimePoolsEndpoint(Orchestrator orchestrator, Threads threads) {
    this.orchestrator = orchestrator;
    this.blocking = threads.blocking();
  }

  @Override
  public void createPool(CreatePoolRequest request, StreamObserver<CreatePoolResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          inTurn(
              request.getRuntimeId(),
              () ->
                  orchestrator.createPool(
                      new Pool(request.getRuntimeId(), request.getImage(), request.getTrusted())));
          return CreatePoolResponse.getDefaultInstance();
        });
  }

  @Override
  public void updatePool(UpdatePoolRequest request, StreamObserver<UpdatePoolResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          inTurn(request.getRuntimeId(), () -> update(request));
          return UpdatePoolResponse.getDefaultInstance();
        });
  }

  private void update(UpdatePoolRequest request) {
    if (describe(request.getRuntimeId()).claimed() > 0) {
      throw new QinlingException(ErrorCode.CONFLICT, "Functions hold workers of the runtime");
    }
    orchestrator.updatePool(request.getRuntimeId(), request.getImage());
  }

  /**
   * Who goes on with what another qinling-api asked for must not take a pool that is being made for
   * one that works, nor a new image that is being tried for the one to go back to.
   */
  private void inTurn(String runtimeId, Runnable change) {
    var turn = turns.computeIfAbsent(runtimeId, _ -> new ReentrantLock());
    turn.lock();
    try {
      change.run();
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void deletePool(DeletePoolRequest request, StreamObserver<DeletePoolResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          orchestrator.deletePool(request.getRuntimeId());
          turns.remove(request.getRuntimeId());
          return DeletePoolResponse.getDefaultInstance();
        });
  }

  @Override
  public void describePool(
      DescribePoolRequest request, StreamObserver<DescribePoolResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          var status = describe(request.getRuntimeId());
          return DescribePoolResponse.newBuilder()
              .setImage(status.image())
              .setTotal(status.total())
              .setAvailable(status.available())
              .setClaimed(status.claimed())
              .setShared(orchestrator.sharesWorkers())
              .build();
        });
  }

  @Override
  public void checkOrchestrator(
      CheckOrchestratorRequest request, StreamObserver<CheckOrchestratorResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () ->
            CheckOrchestratorResponse.newBuilder()
                .setTrouble(orchestrator.trouble().orElse(""))
                .build());
  }

  private PoolStatus describe(String runtimeId) {
    return orchestrator
        .describePool(runtimeId)
        .orElseThrow(() -> new QinlingException(ErrorCode.NOT_FOUND, "Runtime not found"));
  }
}
