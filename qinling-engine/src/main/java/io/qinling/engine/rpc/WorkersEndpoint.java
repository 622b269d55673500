// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.stub.StreamObserver;
import io.qinling.engine.config.Threads;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.placement.Placements;
import io.qinling.engine.v1.ListWorkersRequest;
import io.qinling.engine.v1.ListWorkersResponse;
import io.qinling.engine.v1.ReleaseRequest;
import io.qinling.engine.v1.ReleaseResponse;
import io.qinling.engine.v1.ScaleDownRequest;
import io.qinling.engine.v1.ScaleDownResponse;
import io.qinling.engine.v1.ScaleUpRequest;
import io.qinling.engine.v1.ScaleUpResponse;
import io.qinling.engine.v1.WorkersGrpc.WorkersImplBase;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.quarkus.grpc.GrpcService;
import java.util.concurrent.ExecutorService;

/** The calls that show and change the workers of a function version. */
@GrpcService
public class WorkersEndpoint extends WorkersImplBase {
  private final Placements placements;
  private final ExecutorService blocking;

  WorkersEndpoint(Placements placements, Threads threads) {
    this.placements = placements;
    this.blocking = threads.blocking();
  }

  @Override
  public void listWorkers(ListWorkersRequest request, StreamObserver<ListWorkersResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          var key = keyHere(request.getFunctionId(), request.getFunctionVersion());
          return ListWorkersResponse.newBuilder()
              .addAllWorkerNames(placements.workerNames(key).join())
              .build();
        });
  }

  /** The function version, unless another engine has its workers. */
  private FunctionKey keyHere(String functionId, int version) {
    var key = new FunctionKey(functionId, version);
    placements.requireNotElsewhere(key);
    return key;
  }

  @Override
  public void scaleUp(ScaleUpRequest request, StreamObserver<ScaleUpResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          int count = requirePositive(request.getCount());
          int missing =
              placements.scaleUp(FunctionSpecs.decodeLoadable(request.getFunction()), count).join();
          if (missing > 0) {
            throw new QinlingException(
                ErrorCode.OVERLOADED, missing + " of " + count + " workers could not be claimed");
          }
          return ScaleUpResponse.getDefaultInstance();
        });
  }

  @Override
  public void scaleDown(ScaleDownRequest request, StreamObserver<ScaleDownResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          placements.scaleDown(
              keyHere(request.getFunctionId(), request.getFunctionVersion()),
              requirePositive(request.getCount()));
          return ScaleDownResponse.getDefaultInstance();
        });
  }

  private static int requirePositive(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("The count " + count + " is not positive");
    }
    return count;
  }

  @Override
  public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          placements
              .release(new FunctionKey(request.getFunctionId(), request.getFunctionVersion()))
              .join();
          return ReleaseResponse.getDefaultInstance();
        });
  }
}
