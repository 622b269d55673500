// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Context;
import io.grpc.Deadline;
import io.qinling.api.engine.PoolCapacity;
import io.qinling.api.engine.RuntimePool;
import io.qinling.engine.v1.DescribePoolResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestRoutedPools {
  private static final RuntimePool POOL = new RuntimePool("r", "new", true);

  private final RoutingFixture fixture = new RoutingFixture();
  private final ServedEngine a = fixture.serve();
  private final ServedEngine b = fixture.serve();

  @BeforeEach
  void bothLive() {
    fixture.directory.tell(a.node("a"), b.node("b"));
    a.describe = pool(3, 3, 0, false);
    b.describe = pool(2, 2, 0, false);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private static Supplier<DescribePoolResponse> pool(
      int total, int available, int claimed, boolean shared) {
    return () ->
        DescribePoolResponse.newBuilder()
            .setImage("old")
            .setTotal(total)
            .setAvailable(available)
            .setClaimed(claimed)
            .setShared(shared)
            .build();
  }

  private static <A> Supplier<A> failing(ErrorCode code) {
    return () -> {
      throw new QinlingException(code, code.name());
    };
  }

  private static void assertFails(ThrowingCallable call, ErrorCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            QinlingException.class, failed -> assertThat(failed.code()).isEqualTo(code));
  }

  private static void refuse(ServedEngine engine, String image, ErrorCode code) {
    engine.changePool =
        wanted -> {
          if (wanted.equals(image)) {
            throw new QinlingException(code, code.name());
          }
          return true;
        };
  }

  @Test
  void aPoolIsMadeInAllEngines() {
    fixture.routed.createPool(POOL);

    assertThat(a.poolCalls).containsExactly("create new");
    assertThat(b.poolCalls).containsExactly("create new");
  }

  /** Only the engine knows how long its workers may take, which is for the operator to say. */
  @Test
  void anEngineHasTheTimeItNeeds() {
    var deadlines = new CopyOnWriteArrayList<Optional<Deadline>>();
    a.changePool =
        b.changePool = image -> deadlines.add(Optional.ofNullable(Context.current().getDeadline()));

    fixture.routed.createPool(POOL);
    fixture.routed.updatePool("r", "new");

    assertThat(deadlines).hasSize(4).containsOnly(Optional.empty());
  }

  @Test
  void anEngineThatGoesWhileItMakesAPoolIsNotWaitedFor() {
    a.changePool = image -> false;
    fixture.directory.tell(a.node("a"));
    var created = CompletableFuture.runAsync(() -> fixture.routed.createPool(POOL));
    await().until(() -> a.poolCalls.contains("create new"));

    a.close();

    assertFails(() -> get(created), ErrorCode.UNAVAILABLE);
  }

  private static void get(CompletableFuture<?> call) throws Throwable {
    try {
      call.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw failed.getCause();
    }
  }

  @Test
  void oneEngineThatMadeThePoolIsEnoughWhenOthersAreAway() {
    a.close();

    fixture.routed.createPool(POOL);

    assertThat(b.poolCalls).containsExactly("create new");
  }

  @Test
  void aPoolThatOneEngineFindsImpossibleIsNotMade() {
    refuse(a, "new", ErrorCode.INVALID_INPUT);

    assertFails(() -> fixture.routed.createPool(POOL), ErrorCode.INVALID_INPUT);
  }

  @Test
  void withoutAnyEngineAPoolIsNotMade() {
    a.close();
    b.close();

    assertFails(() -> fixture.routed.createPool(POOL), ErrorCode.UNAVAILABLE);
    fixture.directory.tell();
    assertFails(() -> fixture.routed.createPool(POOL), ErrorCode.UNAVAILABLE);
  }

  @Test
  void poolsAreCountedTogether() {
    assertThat(fixture.routed.describePool("r")).isEqualTo(new PoolCapacity(5, 5, 0));
  }

  @Test
  void aSharedPoolIsCountedOnce() {
    a.describe = pool(4, 3, 1, true);
    b.describe = pool(4, 3, 1, true);

    assertThat(fixture.routed.describePool("r")).isEqualTo(new PoolCapacity(4, 3, 1));
  }

  @Test
  void enginesWithoutThePoolCountForNothing() {
    a.describe = failing(ErrorCode.NOT_FOUND);
    assertThat(fixture.routed.describePool("r")).isEqualTo(new PoolCapacity(2, 2, 0));

    b.describe = failing(ErrorCode.NOT_FOUND);
    assertFails(() -> fixture.routed.describePool("r"), ErrorCode.NOT_FOUND);
  }

  @Test
  void anEngineThatIsAwayMayHaveThePool() {
    a.describe = failing(ErrorCode.NOT_FOUND);
    b.close();

    assertFails(() -> fixture.routed.describePool("r"), ErrorCode.UNAVAILABLE);
  }

  @Test
  void anImageIsReplacedInAllEngines() {
    fixture.routed.updatePool("r", "new");

    assertThat(a.poolCalls).containsExactly("update new");
    assertThat(b.poolCalls).containsExactly("update new");
  }

  @Test
  void workersHeldAnywhereForbidAnotherImageEverywhere() {
    b.describe = pool(2, 1, 1, false);

    assertFails(() -> fixture.routed.updatePool("r", "new"), ErrorCode.CONFLICT);
    assertThat(a.poolCalls).isEmpty();
    assertThat(b.poolCalls).isEmpty();
  }

  @Test
  void workersThatDoNotStartDoNotForbidAnotherImage() {
    a.describe = pool(3, 0, 0, false);

    assertThat(fixture.routed.describePool("r")).isEqualTo(new PoolCapacity(5, 2, 0));
    fixture.routed.updatePool("r", "new");

    assertThat(a.poolCalls).containsExactly("update new");
  }

  @Test
  void whatAnEngineOfAnEarlierVersionHasNotAvailableCountsAsHeld() {
    a.describe =
        () -> DescribePoolResponse.newBuilder().setImage("old").setTotal(3).setAvailable(1).build();

    assertThat(fixture.routed.describePool("r")).isEqualTo(new PoolCapacity(5, 3, 2));
    assertFails(() -> fixture.routed.updatePool("r", "new"), ErrorCode.CONFLICT);
  }

  @Test
  void anImageThatDoesNotStartInOneEngineIsTakenBackInTheOthers() {
    refuse(b, "new", ErrorCode.ORCHESTRATOR_FAILED);

    assertFails(() -> fixture.routed.updatePool("r", "new"), ErrorCode.ORCHESTRATOR_FAILED);
    assertThat(a.poolCalls).containsExactly("update new", "update old");
    assertThat(b.poolCalls).containsExactly("update new");
  }

  @Test
  void aPoolGoesFromAllEnginesThatAreThere() {
    a.close();

    fixture.routed.deletePool("r");

    assertThat(b.poolCalls).containsExactly("delete");
  }

  @Test
  void enginesThatAnswerAreCounted() {
    assertThat(fixture.routed.answering()).isEqualTo(2);
    b.close();
    assertThat(fixture.routed.answering()).isEqualTo(1);
    a.close();
    assertFails(fixture.routed::answering, ErrorCode.UNAVAILABLE);
  }
}
