// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.qinling.engine.config.Threads;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.PoolStatus;
import io.qinling.engine.v1.DescribePoolRequest;
import io.qinling.engine.v1.DescribePoolResponse;
import io.qinling.engine.v1.UpdatePoolRequest;
import io.qinling.engine.v1.UpdatePoolResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.GrpcErrors;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestRuntimePoolsEndpoint {
  private final List<String> images = new ArrayList<>();
  private final Threads threads =
      new Threads(
          Executors.newVirtualThreadPerTaskExecutor(),
          Executors.newSingleThreadScheduledExecutor());
  private final RuntimePoolsEndpoint endpoint = new RuntimePoolsEndpoint(orchestrator(), threads);
  private PoolStatus status;

  private Orchestrator orchestrator() {
    return (Orchestrator)
        Proxy.newProxyInstance(
            Orchestrator.class.getClassLoader(),
            new Class<?>[] {Orchestrator.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "describePool" -> Optional.of(status);
                  case "sharesWorkers" -> true;
                  case "updatePool" -> {
                    images.add((String) arguments[1]);
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @AfterEach
  void stop() {
    threads.blocking().close();
    threads.timer().shutdownNow();
  }

  private static <A> A answer(Consumer<StreamObserver<A>> call) {
    var answer = new CompletableFuture<A>();
    call.accept(
        new StreamObserver<>() {
          @Override
          public void onNext(A value) {
            answer.complete(value);
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {}
        });
    return answer.join();
  }

  private UpdatePoolResponse update() {
    var request = UpdatePoolRequest.newBuilder().setRuntimeId("r").setImage("new").build();
    return answer(caller -> endpoint.updatePool(request, caller));
  }

  @Test
  void freeWorkersThatDoNotStartDoNotForbidAnotherImage() {
    status = new PoolStatus("old", 3, 0, 0);

    update();

    assertThat(images).containsExactly("new");
  }

  @Test
  void workersThatFunctionsHaveForbidAnotherImage() {
    status = new PoolStatus("old", 4, 3, 1);

    assertThatThrownBy(this::update)
        .cause()
        .isInstanceOf(StatusRuntimeException.class)
        .satisfies(refused ->
            assertThat(GrpcErrors.fromGrpc((StatusRuntimeException) refused).code())
                .isEqualTo(ErrorCode.CONFLICT));
    assertThat(images).isEmpty();
  }

  @Test
  void thatNoneIsClaimedIsTold() {
    status = new PoolStatus("old", 3, 0, 0);

    DescribePoolResponse told =
        answer(caller -> endpoint.describePool(DescribePoolRequest.getDefaultInstance(), caller));

    assertThat(told.hasClaimed()).isTrue();
    assertThat(told.getClaimed()).isZero();
  }
}
