// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Placements of several projects that share workers with one slot each. */
class TestClaims {
  private static final PlacementLimits LIMITS =
      new PlacementLimits(1, 10, 100, Duration.ofSeconds(30), Duration.ofHours(1));

  private final FakeWorkers workers = new FakeWorkers(LIMITS.slotsPerWorker());
  private final Map<String, Placement> placements = new LinkedHashMap<>();
  private final Queue<Runnable> alarms = new ArrayDeque<>();
  private long now;
  private final Claims claims =
      new Claims(
          workers,
          workers.blocking::add,
          placements::values,
          (nanos, action) ->
              alarms.add(() -> {
                now += nanos;
                action.run();
              }));

  @Test
  void projectsAreServedInTurn() {
    // Given no room
    workers.makeRoomFor(0);
    call("a/f", 3);
    call("b/f", 2);
    call("c/f", 1);
    workers.settle();

    // When
    workers.makeRoomFor(6);
    claims.ended(null);
    workers.settle();

    // Then
    assertThat(workers.claimedFor).containsExactly("a/f", "b/f", "c/f", "a/f", "b/f", "a/f");
  }

  @Test
  void functionVersionsOfAProjectAreServedInTurn() {
    workers.makeRoomFor(0);
    call("a/f", 3);
    call("a/g", 1);
    workers.settle();

    workers.makeRoomFor(2);
    claims.ended(null);
    workers.settle();

    assertThat(workers.claimedFor).containsExactly("a/f", "a/g");
  }

  @Test
  void whoAsksOnceGetsItsWorkerBetweenThoseOfAFlood() {
    call("a/f", 10);
    call("b/f", 1);
    workers.settle();

    assertThat(workers.claimedFor.indexOf("b/f")).isLessThan(10);
    assertThat(workers.claimedFor).hasSize(11);
  }

  @Test
  void aFloodKeepsNobodyWaitingBeyondItsNextFinishedExecution() {
    // Given
    workers.makeRoomFor(3);
    var flood = call("a/f", 20);
    workers.settle();

    // When another project calls
    var other = call("b/f", 1);
    workers.settle();
    assertThat(other.getFirst().slot).isNull();
    flood.forEach(waiter -> {
      if (waiter.slot != null && other.getFirst().slot == null) {
        waiter.slot.giveBack();
        workers.settle();
      }
    });

    // Then one worker had to end what it ran, which was not followed by more of the flood
    assertThat(other.getFirst().slot).isNotNull();
    assertThat(workers.released).hasSize(1);
    assertThat(workers.claimedFor).containsExactly("a/f", "a/f", "a/f", "b/f");
  }

  @Test
  void aFloodOfOneFunctionDoesNotStarveAnotherOfItsProject() {
    workers.makeRoomFor(2);
    var flood = call("a/f", 20);
    workers.settle();

    var other = call("a/g", 1);
    workers.settle();
    flood.get(0).slot.giveBack();
    flood.get(1).slot.giveBack();
    workers.settle();

    assertThat(other.getFirst().slot).isNotNull();
  }

  @Test
  void nobodyGivesUpWhatIsItsShare() {
    // Given two projects that share an odd number of workers
    workers.makeRoomFor(5);
    call("a/f", 2);
    call("b/f", 3);
    workers.settle();

    // When the one with less wants more
    call("a/f", 5);
    workers.settle();
    alarms.remove().run();
    workers.settle();

    // Then
    assertThat(placements.get("b/f").workerNames().join()).hasSize(3);
    assertThat(retiring()).isZero();
  }

  @Test
  void whenThereAreFewerWorkersThanProjectsTheyTakeTurns() {
    // Given the only worker, busy
    workers.makeRoomFor(1);
    var first = call("a/f", 2);
    workers.settle();
    var other = call("b/f", 1);
    workers.settle();
    assertThat(retiring()).as("a cold start is worth a while").isZero();

    // When
    alarms.remove().run();
    first.getFirst().slot.giveBack();
    workers.settle();

    // Then
    assertThat(other.getFirst().slot).isNotNull();
    assertThat(first.get(1).slot).isNull();
  }

  @Test
  void idleWorkersOfOthersMakeRoomAndTheLongestIdleGoesFirst() {
    // Given
    workers.makeRoomFor(2);
    idle("a/f");
    now += Duration.ofSeconds(10).toNanos();
    idle("b/f");
    now += Duration.ofSeconds(10).toNanos();

    // When
    var waiter = call("c/f", 1);
    workers.settle();

    // Then
    assertThat(waiter.getFirst().slot).isNotNull();
    assertThat(workers.released).containsExactly("worker-0");
  }

  @Test
  void aWorkerThatBecomesIdleLaterMakesRoomToo() {
    // Given two busy projects with one worker each, which one of them wants both of
    workers.makeRoomFor(2);
    var other = call("b/f", 1);
    var asking = call("a/f", 2);
    workers.settle();
    assertThat(asking.get(1).slot).isNull();

    // When
    other.getFirst().slot.giveBack();
    workers.settle();
    assertThat(asking.get(1).slot).as("the other may call again at once").isNull();
    while (!alarms.isEmpty()) {
      alarms.remove().run();
      workers.settle();
    }

    // Then
    assertThat(asking.get(1).slot).isNotNull();
  }

  @Test
  void provisionedWorkersMakeRoomAfterAllOtherIdleOnes() {
    // Given one provisioned worker that is idle for longer than another
    workers.makeRoomFor(2);
    provision("a/f", 1);
    now += Duration.ofSeconds(10).toNanos();
    idle("b/f");
    now += Duration.ofSeconds(10).toNanos();

    // When / Then
    call("c/f", 1);
    workers.settle();
    assertThat(workers.released).containsExactly("worker-1");

    call("d/f", 1);
    workers.settle();
    assertThat(workers.released).containsExactly("worker-1", "worker-0");
  }

  @Test
  void provisioningTakesNoProvisionedWorkersFromOthers() {
    workers.makeRoomFor(1);
    provision("a/f", 1);
    now += Duration.ofSeconds(10).toNanos();

    provision("b/f", 1);

    assertThat(workers.released).isEmpty();
  }

  @Test
  void aProvisionedWorkerThatMadeRoomIsClaimedAgainWhenThereIsRoom() {
    // Given
    workers.makeRoomFor(1);
    provision("a/f", 1);
    now += Duration.ofSeconds(10).toNanos();
    var other = call("b/f", 1);
    workers.settle();
    assertThat(placement("a/f").workerNames().join()).isEmpty();

    // When
    other.getFirst().slot.giveBack();
    placement("b/f").release(new CompletableFuture<>(), TestClaims::closed);
    workers.settle();

    // Then
    assertThat(placement("a/f").workerNames().join()).hasSize(1);
  }

  @Test
  void capacityIsNotLostByClaimsThatFail() {
    // Given
    workers.makeRoomFor(1);
    workers.failWith(new FunctionLoadException("broken", ""));
    var failed = call("a/f", 5);
    workers.settle();
    assertThat(failed).allSatisfy(waiter -> assertThat(waiter.failure).isNotNull());

    // When
    workers.failWith(null);
    var others = call("b/f", 1);
    workers.settle();

    // Then
    assertThat(others.getFirst().slot).isNotNull();
  }

  @Test
  void codeThatHangsWhileItIsLoadedHoldsUpNoOtherProject() {
    // Given claims that do not come back
    call("a/f", 10);
    call("a/g", 10);
    workers.blocking.remove().run();
    workers.blocking.remove().run();
    int hanging = workers.blocking.size();
    workers.blocking.clear();

    // When
    var other = call("b/f", 1);
    workers.settle();

    // Then
    assertThat(hanging).isEqualTo(8);
    assertThat(other.getFirst().slot).isNotNull();
  }

  @Test
  void roomThatCameUpDuringARefusalIsSeen() {
    // Given
    var waiter = call("a/f", 1);
    workers.failWith(new QinlingException(ErrorCode.OVERLOADED, "all workers are held"));

    // When a worker is released after the claim was refused, but before that is known
    workers.whileClaiming(() -> {
      workers.failWith(null);
      claims.ended(null);
    });
    workers.settle();

    // Then
    assertThat(waiter.getFirst().slot).isNotNull();
  }

  /** Workers that are held but not by a placement any more, and not released either. */
  private int retiring() {
    int placed =
        placements.values().stream()
            .mapToInt(placement -> placement.workerNames().join().size())
            .sum();
    return workers.claimed.size() - workers.released.size() - placed;
  }

  private void provision(String function, int count) {
    placement(function)
        .scaleUp(
            function(function), count, end -> {}, new CompletableFuture<>(), TestClaims::closed);
    workers.settle();
  }

  private void idle(String function) {
    var waiter = call(function, 1);
    workers.settle();
    waiter.getFirst().slot.giveBack();
  }

  private List<Recorder> call(String function, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> {
          var waiter = new Recorder();
          placement(function).acquire(function(function), waiter, TestClaims::closed);
          return waiter;
        })
        .toList();
  }

  private Placement placement(String function) {
    return placements.computeIfAbsent(
        function,
        name ->
            new Placement(
                function(name).key(),
                LIMITS,
                workers,
                claims,
                new Provision(count -> {}),
                new FakeCoordination(),
                workers.blocking::add,
                () -> now,
                () -> {}));
  }

  private static void closed() {
    throw new AssertionError("The placement is closed");
  }

  /**
   * @param name project/function
   */
  private static FunctionVersion function(String name) {
    return new FunctionVersion(
        new FunctionKey(name, 0),
        name.substring(0, name.indexOf('/')),
        1,
        new Pool("r", "image", true),
        "digest",
        "main.main",
        100,
        1,
        Duration.ofSeconds(5));
  }

  private static final class Recorder implements Waiter {
    private Slot slot;
    private RuntimeException failure;

    @Override
    public void granted(Slot granted) {
      slot = granted;
    }

    @Override
    public void failed(RuntimeException reason) {
      failure = reason;
    }
  }
}
