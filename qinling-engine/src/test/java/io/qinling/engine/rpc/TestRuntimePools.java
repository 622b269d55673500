// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.stub.StreamObserver;
import io.qinling.engine.config.Threads;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.v1.CreatePoolRequest;
import io.qinling.engine.v1.CreatePoolResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestRuntimePools {
  private final List<Thread> asking = new CopyOnWriteArrayList<>();
  private final Threads threads =
      new Threads(
          Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task);
            asking.add(thread);
            return thread;
          }),
          new ScheduledThreadPoolExecutor(1));
  private final CountDownLatch failing = new CountDownLatch(1);
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    threads.blocking().shutdownNow();
    threads.timer().shutdownNow();
  }

  @Test
  void whoAsksAgainForAPoolThatIsBeingMadeIsToldItsEnd() {
    // Given an image of which no worker starts, as is known after a while
    var endpoint = new RuntimePoolsEndpoint(orchestrator(), threads);
    var first = create(endpoint);
    await().until(() -> !asked.isEmpty());

    // When
    var second = create(endpoint);
    await().until(() -> asking.size() == 2 && asking.get(1).getState() == Thread.State.WAITING);

    // Then
    assertThat(asked).hasSize(1);
    failing.countDown();
    for (var answer : List.of(first, second)) {
      await().until(answer::isDone);
      assertThat(answer).isCompletedExceptionally();
    }
    assertThat(asked).hasSize(2);
  }

  private Orchestrator orchestrator() {
    return (Orchestrator)
        Proxy.newProxyInstance(
            Orchestrator.class.getClassLoader(),
            new Class<?>[] {Orchestrator.class},
            (_, method, _) -> {
              asked.add(method.getName());
              failing.await();
              throw new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, "No worker starts");
            });
  }

  private static CompletableFuture<CreatePoolResponse> create(RuntimePoolsEndpoint endpoint) {
    var answer = new CompletableFuture<CreatePoolResponse>();
    endpoint.createPool(
        CreatePoolRequest.newBuilder().setRuntimeId("r").setImage("bad").build(),
        new StreamObserver<>() {
          @Override
          public void onNext(CreatePoolResponse response) {
            answer.complete(response);
          }

          @Override
          public void onError(Throwable failed) {
            answer.completeExceptionally(failed);
          }

          @Override
          public void onCompleted() {}
        });
    return answer;
  }
}
