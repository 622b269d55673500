// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestPlacement {
  private static final FunctionKey KEY = new FunctionKey("f", 0);
  private static final PlacementLimits LIMITS =
      new PlacementLimits(3, 4, 20, Duration.ofSeconds(30), Duration.ofSeconds(60));

  private final FakeWorkers workers = new FakeWorkers(LIMITS.slotsPerWorker());
  private final FakeCoordination coordination = new FakeCoordination();
  private long now;
  private int closings;
  private int provisioned;
  private final Claims claims =
      new Claims(workers, workers.blocking::add, List::of, (nanos, action) -> {});
  private final Placement placement =
      new Placement(
          KEY,
          LIMITS,
          workers,
          claims,
          new Provision(count -> provisioned = count),
          coordination,
          workers.blocking::add,
          () -> now,
          () -> closings++);

  @Test
  void aFreeSlotIsGrantedAtOnce() {
    // Given
    var first = acquire();
    workers.settle();

    // When
    var second = acquire();

    // Then
    assertThat(first.slot).isNotNull();
    assertThat(second.slot).isNotNull();
    assertThat(workers.claimed).hasSize(1);
  }

  @Test
  void aBurstClaimsAsManyWorkersAsItNeedsAtOnce() {
    acquire(7);
    workers.blocking.remove().run();

    assertThat(workers.blocking).hasSize(3);
  }

  @Test
  void threeAtATimeNeedOneWorkerAndSixNeedTwo() {
    acquire(3);
    workers.settle();
    assertThat(workers.claimed).hasSize(1);

    acquire(3);
    workers.settle();
    assertThat(workers.claimed).hasSize(2);
  }

  @Test
  void noMoreWorkersAreClaimedThanAFunctionMayHold() {
    acquire(20);
    workers.settle();

    assertThat(workers.claimed).hasSize(LIMITS.maxWorkers());
  }

  @Test
  void whoCameFirstIsServedFirst() {
    // Given
    var running = acquire(12);
    workers.settle();
    var waiting = acquire(2);

    // When
    running.getFirst().slot.giveBack();

    // Then
    assertThat(waiting.get(0).slot).isNotNull();
    assertThat(waiting.get(1).slot).isNull();
  }

  @Test
  void aFullQueueRefuses() {
    // Given
    acquire(12);
    workers.settle();
    acquire(LIMITS.maxWaiting());

    // When
    var refused = acquire();

    // Then
    assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void whoLeavesTheQueueIsNotServed() {
    // Given
    var waiter = acquire();

    // When
    placement.abandon(waiter, new QinlingException(ErrorCode.TIMEOUT, "gone"));
    workers.settle();

    // Then
    assertThat(waiter.code()).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(waiter.slot).isNull();
  }

  @Test
  void aFunctionThatCannotBeLoadedFailsAllWhoWait() {
    // Given
    workers.failWith(new FunctionLoadException("No module named 'main'", "trace"));

    // When
    var waiters = acquire(2);
    workers.settle();

    // Then
    assertThat(waiters)
        .allSatisfy(waiter -> assertThat(waiter.failure).hasMessageContaining("main"));
  }

  @Test
  void aFailedClaimHurtsNobodyWhileThereAreWorkers() {
    // Given
    acquire(3);
    workers.settle();
    workers.failWith(new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, "no worker starts"));

    // When
    var waiter = acquire();
    workers.settle();

    // Then
    assertThat(waiter.failure).isNull();
  }

  @Test
  void aLostWorkerIsReplacedForThoseWhoWait() {
    // Given
    acquire(12);
    workers.settle();
    var waiter = acquire();

    // When
    workers.claimed.getFirst().lose();
    workers.settle();

    // Then
    assertThat(waiter.slot).isNotNull();
    assertThat(names()).hasSize(4).doesNotContain("worker-0");
  }

  @Test
  void slotsOfALostWorkerAreNotGrantedAgain() {
    // Given
    var running = acquire();
    workers.settle();
    workers.claimed.getFirst().lose();
    workers.settle();

    // When
    running.slot.giveBack();
    var next = acquire();

    // Then
    assertThat(next.slot).isNull();
    workers.settle();
    assertThat(workers.released).containsExactly("worker-0");
  }

  @Test
  void aNewRevisionGetsNewWorkersWhileTheOldOnesFinish() {
    // Given
    var old = acquire();
    workers.settle();

    // When
    var renewed = new Recorder();
    placement.acquire(function(2), renewed, TestPlacement::closed);
    workers.settle();

    // Then
    assertThat(renewed.slot).isNotNull();
    assertThat(names()).containsExactly("worker-1");
    assertThat(workers.released).isEmpty();
    old.slot.giveBack();
    workers.settle();
    assertThat(workers.released).containsExactly("worker-0");
  }

  @Test
  void aWorkerClaimedForAnOldRevisionIsGivenBack() {
    // Given
    acquire();
    workers.blocking.remove().run();
    var renewed = new Recorder();
    placement.acquire(function(2), renewed, TestPlacement::closed);

    // When
    workers.settle();

    // Then
    assertThat(renewed.slot).isNotNull();
    assertThat(workers.released).containsExactly("worker-0");
  }

  @Test
  void aNewRevisionThatRunsTheSameKeepsItsWorkers() {
    // Given a worker, and one that is being claimed
    var running = acquire();
    workers.settle();
    running.slot.giveBack();
    scaleUp(1);

    // When
    var renewed = new Recorder();
    placement.acquire(function(2, "digest1"), renewed, TestPlacement::closed);
    workers.settle();

    // Then
    assertThat(renewed.slot.worker()).isSameAs(running.slot.worker());
    assertThat(workers.released).isEmpty();
    assertThat(names()).hasSize(2);
  }

  @Test
  void idleWorkersExpireAndBusyOnesStay() {
    // Given
    var waiters = acquire(6);
    workers.settle();
    waiters.subList(1, 6).forEach(waiter -> waiter.slot.giveBack());

    // When
    now += LIMITS.idleExpiry().toNanos();
    placement.expire();
    workers.settle();

    // Then
    assertThat(workers.released).hasSize(1);
    assertThat(names()).hasSize(1);
    assertThat(closings).isZero();
  }

  @Test
  void aPlacementWithoutWorkersClosesAndSendsCallersAway() {
    // When
    placement.expire();
    var sentAway = new ArrayList<String>();
    placement.acquire(function(1), new Recorder(), () -> sentAway.add("again"));

    // Then
    assertThat(closings).isEqualTo(1);
    assertThat(sentAway).containsExactly("again");
  }

  @Test
  void scalingUpClaimsWorkersAheadOfNeed() {
    var missing = scaleUp(2);
    workers.settle();

    assertThat(missing).isCompletedWithValue(0);
    assertThat(names()).hasSize(2);
  }

  @Test
  void scalingUpBeyondTheLimitSaysHowManyAreMissing() {
    var missing = scaleUp(6);
    workers.settle();

    assertThat(missing).isCompletedWithValue(2);
  }

  @Test
  void scalingDownTakesIdleWorkersFirstAndLeavesOne() {
    // Given
    var waiters = acquire(6);
    workers.settle();
    waiters.subList(0, 3).forEach(waiter -> waiter.slot.giveBack());

    // When
    placement.scaleDown(5);
    workers.settle();

    // Then
    assertThat(workers.released).containsExactly("worker-0");
    assertThat(names()).containsExactly("worker-1");
  }

  @Test
  void releasedWorkersAreListedNoMoreButFinishWhatTheyRun() {
    // Given
    var running = acquire();
    workers.settle();

    // When
    assertThat(release()).isCompleted();

    // Then
    assertThat(names()).isEmpty();
    assertThat(workers.released).isEmpty();
    running.slot.giveBack();
    workers.settle();
    assertThat(workers.released).containsExactly("worker-0");
  }

  @Test
  void whoWaitsWhenAllWorkersAreReleasedGetsANewOne() {
    // Given
    acquire(12);
    workers.settle();
    var waiter = acquire();

    // When
    assertThat(release()).isCompleted();
    workers.settle();

    // Then
    assertThat(waiter.slot).isNotNull();
    assertThat(names()).containsExactly("worker-4");
  }

  @Test
  void aReleasedWorkerEndsHoweverLongItsLastExecutionTakes() {
    // Given
    var running = acquire();
    workers.settle();
    assertThat(release()).isCompleted();

    // When
    placement.expire();
    coordination.session = 2;
    workers.adoptable.add(workers.claimed.getFirst());
    placement.verifyOwnership();
    workers.settle();
    running.slot.giveBack();
    placement.expire();
    workers.settle();

    // Then
    assertThat(names()).isEmpty();
    assertThat(workers.released).containsExactly("worker-0");
    assertThat(workers.handedOver).isEmpty();
    assertThat(closings).isOne();
  }

  @Test
  void aReleaseEndsWhatAnEarlierOwnerLeftAndGivesTheFunctionVersionUp() {
    // Given
    workers.adoptable.add(new FakeWorkers.FakeWorker("left", 3));
    coordination.provisioned = 2;

    // When
    var released = release();
    workers.settle();

    // Then
    assertThat(released).isCompleted();
    assertThat(workers.released).containsExactly("left");
    assertThat(workers.claimed).isEmpty();
    assertThat(coordination.provisioned).isZero();
    assertThat(coordination.given).containsExactly(KEY);
    assertThat(closings).isOne();
  }

  @Test
  void whoCallsDuringAReleaseGetsANewWorker() {
    // Given
    workers.adoptable.add(new FakeWorkers.FakeWorker("left", 3));
    coordination.provisioned = 2;
    var released = release();

    // When
    var waiter = acquire();
    workers.settle();

    // Then
    assertThat(released).isCompleted();
    assertThat(workers.released).containsExactly("left");
    assertThat(waiter.slot).isNotNull();
    assertThat(names()).containsExactly("worker-0");
    assertThat(coordination.given).isEmpty();
  }

  @Test
  void aReleaseDuringTheFirstCallEndsWhatThatAdopts() {
    // Given
    workers.adoptable.add(new FakeWorkers.FakeWorker("left", 3));
    coordination.provisioned = 2;
    var waiter = acquire();

    // When
    var released = release();
    workers.settle();

    // Then
    assertThat(released).isCompleted();
    assertThat(names()).isEmpty();
    assertThat(provisioned).isZero();
    waiter.slot.giveBack();
    workers.settle();
    assertThat(workers.released).containsExactly("left");
  }

  @Test
  void whatAnotherEngineOwnsIsNotReleased() {
    // Given
    workers.adoptable.add(new FakeWorkers.FakeWorker("left", 3));
    coordination.owner = "10.0.0.2:7071";

    // When
    var released = release();
    workers.settle();

    // Then
    assertThatThrownBy(released::join).hasCauseInstanceOf(NotOwnerException.class);
    assertThat(workers.released).isEmpty();
    assertThat(closings).isOne();
  }

  @Test
  void aReleaseFailsWhenItCannotBeKnownWhoseTheWorkersAre() {
    // Given
    coordination.failure = new QinlingException(ErrorCode.UNAVAILABLE, "no etcd");

    // When
    var released = release();
    workers.settle();

    // Then
    assertThatThrownBy(released::join).hasCause(coordination.failure);
    assertThat(closings).isOne();
  }

  @Test
  void provisionedWorkersStayWhenIdle() {
    // Given three workers, of which two are provisioned
    scaleUp(2);
    workers.settle();
    var waiters = acquire(7);
    workers.settle();
    waiters.forEach(waiter -> waiter.slot.giveBack());
    assertThat(names()).hasSize(3);

    // When
    now += LIMITS.idleExpiry().toNanos();
    placement.expire();
    workers.settle();

    // Then
    assertThat(names()).hasSize(2);
    assertThat(workers.released).hasSize(1);
    assertThat(closings).isZero();
  }

  @Test
  void theNextOwnerKeepsWhatWasProvisioned() {
    coordination.provisioned = 2;

    acquire();
    workers.settle();

    assertThat(workers.claimed).hasSize(2);
  }

  @Test
  void aLostProvisionedWorkerIsReplaced() {
    scaleUp(2);
    workers.settle();
    now += Duration.ofMinutes(1).toNanos();

    workers.claimed.getFirst().lose();
    workers.settle();

    assertThat(names()).containsExactly("worker-1", "worker-2");
  }

  @Test
  void aProvisionedWorkerThatDoesNotLiveIsReplacedOnlyNowAndThen() {
    scaleUp(1);
    workers.settle();

    workers.claimed.getFirst().lose();
    workers.settle();
    assertThat(names()).isEmpty();

    placement.expire();
    workers.settle();
    assertThat(names()).containsExactly("worker-1");
  }

  @Test
  void scalingUpAddsToWhatIsHeldAndDownTakesFromIt() {
    acquire();
    workers.settle();

    scaleUp(1);
    workers.settle();
    assertThat(provisioned).isEqualTo(2);
    scaleUp(9);
    workers.settle();
    assertThat(provisioned).isEqualTo(LIMITS.maxWorkers());

    placement.scaleDown(3);
    workers.settle();
    assertThat(provisioned).isEqualTo(1);
    assertThat(names()).hasSize(1);
  }

  @Test
  void releaseEndsProvisioning() {
    scaleUp(2);
    workers.settle();

    assertThat(release()).isCompleted();
    workers.settle();
    placement.expire();
    workers.settle();

    assertThat(provisioned).isZero();
    assertThat(names()).isEmpty();
    assertThat(closings).isEqualTo(1);
  }

  @Test
  void whoScalesUpWaitsNoLongerThanTheLimit() {
    // Given
    workers.makeRoomFor(1);
    var missing = new CompletableFuture<Integer>();
    var limit = new ArrayList<Runnable>();
    placement.scaleUp(function(1), 3, limit::add, missing, TestPlacement::closed);
    workers.settle();
    assertThat(missing).isNotDone();

    // When
    limit.getFirst().run();

    // Then
    assertThat(missing).isCompletedWithValue(2);
  }

  @Test
  void claimsAreWithdrawnWhenNobodyWaitsAnyMore() {
    // Given
    workers.makeRoomFor(0);
    var waiter = acquire();
    workers.settle();

    // When
    placement.abandon(waiter, new QinlingException(ErrorCode.OVERLOADED, "waited too long"));
    workers.makeRoomFor(1);
    claims.ended(null);
    workers.settle();

    // Then
    assertThat(waiter.code()).isEqualTo(ErrorCode.OVERLOADED);
    assertThat(workers.claimed).isEmpty();
  }

  @Test
  void aRefusalSaysHowLongTheQueueTakes() {
    // Given
    acquire(12);
    workers.settle();
    acquire(LIMITS.maxWaiting());
    now += Duration.ofSeconds(7).toNanos();

    // When
    var refused = acquire();

    // Then
    assertThat(((QinlingException) refused.failure).retryAfter()).contains(Duration.ofSeconds(7));
  }

  @Test
  void nothingIsClaimedBeforeTheFunctionVersionIsOwned() {
    coordination.owner = "10.0.0.2:7071";

    var waiters = acquire(2);
    workers.settle();

    assertThat(workers.claimed).isEmpty();
    assertThat(coordination.asked).isOne();
    assertThat(waiters)
        .allSatisfy(waiter ->
            assertThat(waiter.failure)
                .isInstanceOfSatisfying(
                    NotOwnerException.class,
                    elsewhere -> assertThat(elsewhere.ownerAddress()).isEqualTo("10.0.0.2:7071")));
    assertThat(closings).isOne();
  }

  @Test
  void whoOwnsIsAskedOnceInASession() {
    acquire(3);
    workers.settle();
    acquire(9);
    workers.settle();

    assertThat(coordination.asked).isOne();
  }

  @Test
  void withoutAnAnswerWhoWaitsIsRefusedAndTheNextIsServed() {
    // Given
    coordination.failure = new QinlingException(ErrorCode.UNAVAILABLE, "no etcd");
    var refused = acquire();
    workers.settle();

    // When
    coordination.failure = null;
    var next = acquire();
    workers.settle();

    // Then
    assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(next.slot).isNotNull();
  }

  @Test
  void whenTheSessionIsOverNotEvenAFreeSlotIsGranted() {
    // Given
    acquire();
    workers.settle();
    coordination.session = Coordination.NO_SESSION;
    coordination.failure = new QinlingException(ErrorCode.UNAVAILABLE, "no session");

    // When
    var waiter = acquire();
    workers.settle();

    // Then
    assertThat(waiter.slot).isNull();
    assertThat(waiter.code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void aSlotThatIsGivenBackAfterTheSessionIsGrantedToNobody() {
    // Given
    var running = acquire(12);
    workers.settle();
    var waiter = acquire();

    // When
    coordination.session = Coordination.NO_SESSION;
    running.getFirst().slot.giveBack();

    // Then
    assertThat(waiter.slot).isNull();
  }

  @Test
  void inANewSessionTheWorkersServeOnWithoutBeingClaimedAgain() {
    // Given
    acquire();
    workers.settle();

    // When
    coordination.session = 2;
    placement.verifyOwnership();
    var waiter = acquire();
    workers.settle();

    // Then
    assertThat(waiter.slot).isNotNull();
    assertThat(coordination.asked).isEqualTo(2);
    assertThat(workers.claimed).hasSize(1);
    assertThat(workers.released).isEmpty();
  }

  @Test
  void whatAnotherEngineOwnsByNowIsHandedOverWhenItHasEnded() {
    // Given
    var running = acquire();
    workers.settle();
    coordination.session = 2;
    coordination.owner = "10.0.0.2:7071";

    // When
    placement.verifyOwnership();
    workers.settle();
    assertThat(workers.handedOver).isEmpty();
    running.slot.giveBack();
    workers.settle();

    // Then
    assertThat(workers.handedOver).containsExactly("worker-0");
    assertThat(workers.released).isEmpty();
    assertThat(closings).isOne();
  }

  @Test
  void workersOfAnEarlierOwnerServeWithoutAClaim() {
    workers.adoptable.add(new FakeWorkers.FakeWorker("adopted", 3));

    var waiters = acquire(3);
    workers.settle();

    assertThat(waiters).allSatisfy(waiter -> assertThat(waiter.slot).isNotNull());
    assertThat(workers.claimed).isEmpty();
    assertThat(names()).containsExactly("adopted");
  }

  @Test
  void aPlacementWithoutWorkersGivesTheFunctionVersionUp() {
    // Given
    var running = acquire();
    workers.settle();
    running.slot.giveBack();

    // When
    now = Duration.ofMinutes(2).toNanos();
    placement.expire();
    placement.expire();
    workers.settle();

    // Then
    assertThat(coordination.given).containsExactly(function(1).key());
  }

  @Test
  void whoComesWhileTheFunctionVersionIsGivenUpHasItOwnedAnewAfterwards() {
    // Given
    scaleUp(1);
    workers.settle();
    assertThat(release()).isCompleted();
    workers.settle();
    placement.expire();

    // When
    var waiter = acquire();
    assertThat(coordination.asked).isOne();
    workers.settle();

    // Then
    assertThat(waiter.slot).isNotNull();
    assertThat(coordination.given).hasSize(1);
    assertThat(coordination.asked).isEqualTo(2);
    assertThat(closings).isZero();
  }

  @Test
  void anEngineThatStopsGivesTheFunctionVersionUpAtOnce() {
    // Given
    acquire(12);
    workers.settle();
    var waiter = acquire();

    // When
    placement.close(new QinlingException(ErrorCode.UNAVAILABLE, "stopping"));
    workers.settle();

    // Then
    assertThat(waiter.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(coordination.given).containsExactly(function(1).key());
    assertThat(workers.released).isEmpty();
    assertThat(workers.left).hasSize(4);
  }

  private CompletableFuture<Integer> scaleUp(int count) {
    var missing = new CompletableFuture<Integer>();
    placement.scaleUp(function(1), count, end -> {}, missing, TestPlacement::closed);
    return missing;
  }

  private CompletableFuture<Void> release() {
    var released = new CompletableFuture<Void>();
    placement.release(released, TestPlacement::closed);
    return released;
  }

  private List<String> names() {
    return placement.workerNames().join();
  }

  private Recorder acquire() {
    var waiter = new Recorder();
    placement.acquire(function(1), waiter, TestPlacement::closed);
    return waiter;
  }

  private List<Recorder> acquire(int count) {
    return IntStream.range(0, count).mapToObj(i -> acquire()).toList();
  }

  private static void closed() {
    throw new AssertionError("The placement is closed");
  }

  private static FunctionVersion function(long revision) {
    return function(revision, "digest" + revision);
  }

  private static FunctionVersion function(long revision, String digest) {
    return new FunctionVersion(
        KEY,
        "p",
        revision,
        new Pool("r", "image", true),
        digest,
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
      assertThat(slot).as("a waiter is granted one slot").isNull();
      slot = granted;
    }

    @Override
    public void failed(RuntimeException reason) {
      failure = reason;
    }

    ErrorCode code() {
      return ((QinlingException) failure).code();
    }
  }
}
