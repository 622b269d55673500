// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every orchestrator must do, with real workers. */
public abstract class OrchestratorContract {
  /** Free workers that the pools under test keep. */
  protected static final int POOL_SIZE = 2;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final WorkerNeeds NEEDS = new WorkerNeeds("f", 0, 3, 100, 64 * 1024 * 1024);

  /** One orchestrator for all tests, since starting one is slow. */
  protected abstract Orchestrator orchestrator();

  /** Another one, which has room for so many workers in all; the test closes it. */
  protected abstract Orchestrator small(int workers);

  /** An image that it can run. */
  protected abstract String image();

  @Test
  void aNewPoolHasItsWorkers() {
    var pool = pool("new-pool");

    orchestrator().createPool(pool);

    assertThat(orchestrator().describePool("new-pool"))
        .contains(new PoolStatus(image(), POOL_SIZE, POOL_SIZE, 0));
    assertThat(orchestrator().runtimes()).contains("new-pool");
  }

  @Test
  void makingAPoolAgainChangesNothing() {
    orchestrator().createPool(pool("twice"));

    orchestrator().createPool(pool("twice"));

    assertThat(orchestrator().describePool("twice").orElseThrow().total()).isEqualTo(POOL_SIZE);
  }

  @Test
  void aClaimedWorkerSpeaksTheProtocolAndKnowsItsSecret() throws IOException, InterruptedException {
    var worker = claim("speaks");

    assertThat(status(worker, "/ping", "")).isEqualTo(200);
    assertThat(status(worker, "/executions/x", "Bearer wrong")).isEqualTo(401);
    assertThat(status(worker, "/executions/x", "Bearer " + worker.secret())).isEqualTo(405);
    orchestrator().relieve(worker);
    assertThat(status(worker, "/ping", "")).isEqualTo(200);
  }

  @Test
  void aClaimedWorkerLeavesItsPoolWhichRefillsItself() {
    claim("refills");

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(orchestrator().describePool("refills"))
                .contains(new PoolStatus(image(), POOL_SIZE + 1, POOL_SIZE, 1)));
  }

  @Test
  void aBurstBeyondThePoolGetsItsWorkersAndNoTwoTheSame() throws Exception {
    orchestrator().createPool(pool("burst"));
    var claims =
        IntStream.range(0, 3 * POOL_SIZE)
            .<Callable<Worker>>mapToObj(i -> () -> claim("burst"))
            .toList();
    var names = new HashSet<String>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var claimed : executor.invokeAll(claims)) {
        names.add(claimed.get().name());
      }
    }

    assertThat(names).hasSize(claims.size());
  }

  @Test
  void aWorkerThatSomebodyElseHasIsPassedOver() {
    var offered = new ArrayList<String>();

    var worker =
        orchestrator()
            .claim(
                pool("passes-over"),
                NEEDS,
                candidate -> {
                  offered.add(candidate.name());
                  return offered.size() > 1;
                },
                PATIENCE);

    assertThat(offered).hasSize(2).last().isEqualTo(worker.name());
  }

  @Test
  void aReleasedWorkerIsGone() {
    var worker = claim("releases");

    orchestrator().release(worker);

    awaitGone(worker);
    orchestrator().release(worker);
  }

  @Test
  void anImageThatCannotBeRunIsRefusedAndLeavesNoPool() {
    var pool = new Pool("no-image", "no/such-image", true);

    assertThatThrownBy(() -> orchestrator().createPool(pool))
        .satisfies(OrchestratorContract::isRefusal);

    assertThat(orchestrator().describePool("no-image")).isEmpty();
  }

  @Test
  void anUpdateToAnImageThatCannotBeRunKeepsTheOldOne() {
    orchestrator().createPool(pool("keeps"));

    assertThatThrownBy(() -> orchestrator().updatePool("keeps", "no/such-image"))
        .satisfies(OrchestratorContract::isRefusal);

    assertThat(orchestrator().describePool("keeps"))
        .contains(new PoolStatus(image(), POOL_SIZE, POOL_SIZE, 0));
  }

  @Test
  void anUpdateOfNoPoolIsNotFound() {
    assertThatThrownBy(() -> orchestrator().updatePool("nothing", image()))
        .satisfies(failure ->
            assertThat(((QinlingException) failure).code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void aDeletedPoolIsGoneWithAllItsWorkers() {
    var worker = claim("deleted");

    orchestrator().deletePool("deleted");

    assertThat(orchestrator().describePool("deleted")).isEmpty();
    assertThat(orchestrator().runtimes()).doesNotContain("deleted");
    awaitGone(worker);
    orchestrator().deletePool("deleted");
  }

  @Test
  void aClaimIsRefusedAtOnceWhenAllWorkersAreClaimed() {
    try (var small = small(POOL_SIZE)) {
      // Given
      for (int i = 0; i < POOL_SIZE; i++) {
        small.claim(pool("full"), NEEDS, worker -> true, PATIENCE);
      }

      // When
      var refused =
          assertTimeout(
              PATIENCE.dividedBy(2),
              () ->
                  catchThrowable(() -> small.claim(pool("full"), NEEDS, worker -> true, PATIENCE)));

      // Then
      assertThat(((QinlingException) refused).code()).isEqualTo(ErrorCode.OVERLOADED);
    }
  }

  @Test
  void whoWasRefusedIsToldWhenThereIsRoom() {
    try (var small = small(POOL_SIZE)) {
      // Given
      var first = small.claim(pool("told"), NEEDS, worker -> true, PATIENCE);
      for (int i = 1; i < POOL_SIZE; i++) {
        small.claim(pool("told"), NEEDS, worker -> true, PATIENCE);
      }
      assertThat(catchThrowable(() -> small.claim(pool("told"), NEEDS, worker -> true, PATIENCE)))
          .isNotNull();
      var told = new CompletableFuture<Worker>();
      small.onRoom(() ->
          Thread.startVirtualThread(() -> {
            try {
              told.complete(small.claim(pool("told"), NEEDS, worker -> true, PATIENCE));
            } catch (QinlingException _) {
              // It may be told once too often.
            }
          }));

      // When
      small.release(first);

      // Then
      assertThat(told).succeedsWithin(PATIENCE).isNotEqualTo(first);
    }
  }

  @Test
  void freeWorkersOfOnePoolMakeRoomForAnother() {
    try (var small = small(POOL_SIZE)) {
      small.createPool(pool("has-all"));

      var worker = small.claim(pool("has-none"), NEEDS, candidate -> true, PATIENCE);

      assertThat(worker).isNotNull();
      await()
          .atMost(PATIENCE)
          .until(() -> small.describePool("has-all").orElseThrow().available() < POOL_SIZE);
    }
  }

  private Pool pool(String runtimeId) {
    return new Pool(runtimeId, image(), true);
  }

  protected final Worker claim(String runtimeId) {
    return orchestrator().claim(pool(runtimeId), NEEDS, worker -> true, PATIENCE);
  }

  private static void awaitGone(Worker worker) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThatThrownBy(() -> status(worker, "/ping", "")).isInstanceOf(IOException.class));
  }

  private static void isRefusal(Throwable failure) {
    assertThat(((QinlingException) failure).code())
        .isIn(ErrorCode.INVALID_INPUT, ErrorCode.ORCHESTRATOR_FAILED);
  }

  private static int status(Worker worker, String path, String authorization)
      throws IOException, InterruptedException {
    var address = worker.address();
    var request =
        HttpRequest.newBuilder(
                URI.create("http://" + address.getHostString() + ":" + address.getPort() + path))
            .timeout(PATIENCE.dividedBy(10));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    try (var client = HttpClient.newHttpClient()) {
      return client.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
  }
}
