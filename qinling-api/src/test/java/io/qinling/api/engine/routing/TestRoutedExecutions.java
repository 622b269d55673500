// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.EngineResult;
import io.qinling.engine.v1.ExecuteResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestRoutedExecutions {
  private final RoutingFixture fixture = new RoutingFixture();
  private final ServedEngine a = fixture.serve();
  private final ServedEngine b = fixture.serve();

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void owns(ServedEngine owner) {
    fixture.directory.owners.put(RoutingFixture.KEY, node(owner));
  }

  private EngineNode node(ServedEngine engine) {
    return engine.node(engine == a ? "a" : "b");
  }

  private void bothLive() {
    fixture.directory.tell(node(a), node(b));
  }

  private EngineResult run() {
    return fixture.routed.execute(RoutingFixture.call());
  }

  private CompletableFuture<EngineResult> begin(EngineCall call) {
    return CompletableFuture.supplyAsync(
        () -> fixture.routed.execute(call), task -> Thread.ofVirtual().start(task));
  }

  private static void assertRanAt(EngineResult result, ServedEngine engine) {
    assertThat(result.outcome()).isEqualTo(EngineResult.Outcome.SUCCESS);
    assertThat(result.resultJson()).contains(engine.address());
  }

  private static void assertFails(ThrowingCallable call, ErrorCode code) {
    assertThatThrownBy(call)
        .satisfies(thrown -> {
          var failed = thrown instanceof CompletionException ? thrown.getCause() : thrown;
          assertThat(failed).isInstanceOf(QinlingException.class);
          assertThat(((QinlingException) failed).code()).isEqualTo(code);
        });
  }

  private static Function<String, ExecuteResponse> refuse(ErrorCode code) {
    return id -> {
      throw new QinlingException(code, code.name());
    };
  }

  private static Function<String, ExecuteResponse> disown(String owner) {
    return id -> {
      throw new NotOwnerException(owner);
    };
  }

  @Test
  void theOwnerIsAskedFirst() {
    bothLive();
    for (var owner : List.of(a, b)) {
      owns(owner);
      assertRanAt(run(), owner);
    }
  }

  @Test
  void allCallsOfAnUnownedFunctionGoToOneEngine() {
    // Given
    bothLive();

    // When
    for (int i = 0; i < 5; i++) {
      run();
    }

    // Then
    assertThat(List.of(a.executed.size(), b.executed.size())).containsExactlyInAnyOrder(0, 5);
  }

  @Test
  void anOwnerThatAnotherEngineNamesIsFollowed() {
    // Given an owner that the directory has not heard of
    fixture.directory.tell(node(a));
    a.execute = disown(b.address());

    // When
    var result = run();

    // Then
    assertRanAt(result, b);
    assertThat(a.executed).hasSize(1);
  }

  @Test
  void enginesThatNameEachOtherAreAskedAgainAfterAPause() {
    // Given engines that both believe the other one to be the owner, for a while
    bothLive();
    var left = new AtomicInteger(6);
    a.execute = id -> left.decrementAndGet() > 0 ? disown(b.address()).apply(id) : a.success(id);
    b.execute = id -> left.decrementAndGet() > 0 ? disown(a.address()).apply(id) : b.success(id);

    // When
    var result = run();

    // Then each round asked either of them once
    assertThat(result.outcome()).isEqualTo(EngineResult.Outcome.SUCCESS);
    assertThat(a.executed.size() + b.executed.size()).isEqualTo(6);
  }

  @Test
  void anEngineThatRefusesIsPassedOver() {
    bothLive();
    owns(a);
    a.execute = refuse(ErrorCode.UNAVAILABLE);

    assertRanAt(run(), b);
  }

  @Test
  void anOverloadedEngineIsNotPassedOver() {
    bothLive();
    owns(a);
    a.execute = refuse(ErrorCode.OVERLOADED);

    assertFails(this::run, ErrorCode.OVERLOADED);
    assertThat(a.executed).hasSize(1);
    assertThat(b.executed).isEmpty();
  }

  @Test
  void anEngineThatDrainsGetsNothingNewUnlessItOwnsTheFunction() {
    // Given
    var draining = new EngineNode("a", a.address(), node(a).instance(), true);
    fixture.directory.tell(draining, node(b));

    // When, then
    assertRanAt(run(), b);
    fixture.directory.owners.put(RoutingFixture.KEY, draining);
    assertRanAt(run(), a);
  }

  @Test
  void aDeadEngineIsLeftOut() {
    // Given an owner that has ended but is listed still
    bothLive();
    owns(a);
    a.close();

    // When, then
    assertRanAt(run(), b);
  }

  @Test
  void aFailingConnectionComesLastForUnownedFunctions() {
    // Given the engine that comes first for the function has died, and a call has met that
    bothLive();
    var first = run().resultJson().contains(a.address()) ? a : b;
    var second = first == a ? b : a;
    first.close();
    await().until(() -> !fixture.clients.isConnected(node(first)));
    assertRanAt(run(), second);
    await().until(() -> fixture.clients.isFailing(node(first)));

    // When
    long begun = System.nanoTime();
    for (int i = 0; i < 40; i++) {
      assertRanAt(run(), second);
    }

    // Then it was not even tried, which takes 300 ms each time
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void anEngineThatIsNotThereYetIsWaitedFor() {
    // Given no engine at all
    var call = begin(RoutingFixture.call());
    assertThat(call).isNotDone();

    // When
    fixture.directory.tell(node(a));

    // Then
    assertRanAt(call.join(), a);
  }

  @Test
  void withoutAnyEngineNothingIsRunOnceTheAllowanceIsOver() {
    a.close();
    fixture.directory.tell(node(a));

    assertFails(
        () -> fixture.routed.execute(RoutingFixture.call(Duration.ofMillis(100))),
        ErrorCode.UNAVAILABLE);
  }

  @Test
  void anEngineThatTakesTheConnectionAndSaysNothingIsPassedOver() throws IOException {
    // Given
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var hanging = EngineNode.at("127.0.0.1:" + silent.getLocalPort());
      fixture.directory.tell(hanging, node(b));
      fixture.directory.owners.put(RoutingFixture.KEY, hanging);

      // When, then
      assertRanAt(run(), b);
    }
  }

  /** Has an engine begin a call; it is killed before it answers. */
  private CompletableFuture<EngineResult> loseAnswerOf(ServedEngine engine, EngineCall call) {
    engine.execute = ServedEngine.SILENCE;
    var running = begin(call);
    await().until(() -> engine.executed.contains(call.executionId()));
    engine.close();
    return running;
  }

  @Test
  void anAnswerThatWasLostIsFetchedAndNothingIsRunAgain() {
    // Given a call whose connection breaks while the engine lives
    fixture.directory.tell(node(a), node(b));
    owns(a);
    var call = RoutingFixture.call();
    a.fetch = a::success;
    a.execute =
        id -> {
          throw new ServedEngine.BrokenConnection(Status.Code.UNAVAILABLE);
        };

    // When
    var result = fixture.routed.execute(call);

    // Then
    assertRanAt(result, a);
    assertThat(a.fetched).containsExactly(call.executionId());
    assertThat(a.executed).containsExactly(call.executionId());
    assertThat(b.executed).isEmpty();
  }

  @Test
  void aKilledEngineIsAskedUntilItHasLeftTheDirectory() {
    // Given
    bothLive();
    owns(a);
    var running = loseAnswerOf(a, RoutingFixture.call());

    // When
    fixture.directory.tell(node(b));

    // Then
    assertFails(running::join, ErrorCode.LOST);
    assertThat(b.executed).isEmpty();
  }

  @Test
  void anEngineThatWasRestartedHasForgottenTheExecution() {
    // Given
    fixture.directory.tell(node(a));
    var running = loseAnswerOf(a, RoutingFixture.call());

    // When another process takes its place, and the directory has not noticed
    var restarted = fixture.restart(a);

    // Then
    assertFails(running::join, ErrorCode.LOST);
    assertThat(restarted.executed).isEmpty();
  }

  @Test
  void anotherInstanceOfTheNameShowsThatTheFirstIsGone() {
    // Given
    fixture.directory.tell(node(a));
    var running = loseAnswerOf(a, RoutingFixture.call());

    // When it is announced before it can be reached
    fixture.directory.tell(new EngineNode("a", a.address(), Optional.of("a-2"), false));

    // Then
    assertFails(running::join, ErrorCode.LOST);
  }

  @Test
  void aFixedEngineIsAskedUntilItAnswers() {
    // Given
    var routed = fixture.routedBy(new FixedDirectory(List.of(a.address(), b.address())));
    a.execute = ServedEngine.SILENCE;
    b.execute = ServedEngine.SILENCE;
    var call = RoutingFixture.call();
    var running =
        CompletableFuture.supplyAsync(
            () -> routed.execute(call), task -> Thread.ofVirtual().start(task));
    await().until(() -> a.executed.size() + b.executed.size() == 1);
    var used = a.executed.isEmpty() ? b : a;

    // When it comes back after a while and knows the execution after all
    used.close();
    var back = fixture.restart(used);
    back.fetch = back::success;

    // Then
    assertRanAt(running.join(), back);
    assertThat(back.executed).isEmpty();
  }

  @Test
  void whatCannotBeAskedInTimeTimesOut() {
    // Given
    var routed = fixture.routedBy(new FixedDirectory(List.of(a.address())));
    var whole = RoutingFixture.call();
    var call =
        new EngineCall(
            whole.executionId(), whole.function(), null, whole.session(), Duration.ofSeconds(2));
    a.execute = ServedEngine.SILENCE;
    var running =
        CompletableFuture.supplyAsync(
            () -> routed.execute(call), task -> Thread.ofVirtual().start(task));
    await().until(() -> a.executed.size() == 1);

    // When
    a.close();

    // Then
    assertFails(running::join, ErrorCode.TIMEOUT);
  }

  @Test
  void aNamedOwnerIsRememberedWhereNobodyTellsOwners() {
    // Given
    var routed = fixture.routedBy(new FixedDirectory(List.of(a.address(), b.address())));
    a.execute = disown(b.address());
    b.execute = id -> b.success(id);
    for (int i = 0; i < 5; i++) {
      // When
      assertRanAt(routed.execute(RoutingFixture.call()), b);
    }

    // Then
    assertThat(a.executed).hasSizeLessThan(2);
  }

  @Test
  void theConnectionOfAnEngineThatLeftEndsWithItsCalls() {
    // Given
    bothLive();
    owns(a);
    var release = new CountDownLatch(1);
    a.execute =
        id -> {
          awaitQuietly(release);
          return a.success(id);
        };
    var running = begin(RoutingFixture.call());
    await().until(() -> a.executed.size() == 1);

    // When
    fixture.directory.owners.clear();
    fixture.directory.tell(node(b));

    // Then
    assertThat(fixture.clients.size()).isZero();
    release.countDown();
    assertRanAt(running.join(), a);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
