// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.engine.function.FunctionKey;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every coordination must do. Names are new for each test, since others may share the keys.
 */
public abstract class CoordinationContract {
  protected final String id = UUID.randomUUID().toString();
  protected final FunctionKey function = new FunctionKey(id, 1);
  private final FunctionKey other = new FunctionKey(id, 10);

  /** One that has a session. */
  protected abstract Coordination coordination();

  protected static Assignment assignment(String worker, FunctionKey function) {
    return new Assignment(worker, function, "127.0.0.1:9090", "package entry");
  }

  @Test
  void aFunctionVersionIsOwnedInTheSessionOfNow() {
    var coordination = coordination();

    assertThat(coordination.own(function))
        .isEqualTo(new Ownership.Owned(coordination.session()))
        .isNotEqualTo(new Ownership.Owned(Coordination.NO_SESSION));
  }

  @Test
  void whatIsOwnedIsNotElsewhere() {
    var coordination = coordination();
    coordination.own(function);

    assertThat(coordination.ownerElsewhere(function)).isEmpty();
    assertThat(coordination.own(function)).isInstanceOf(Ownership.Owned.class);
  }

  @Test
  void givingUpWhatIsNotOwnedDoesNothing() {
    coordination().disown(function);
  }

  @Test
  void anAssignedWorkerIsListedForItsFunctionAlone() {
    var coordination = coordination();
    coordination.own(function);

    assertThat(coordination.assign(assignment(id, function))).isTrue();

    assertThat(coordination.assigned(function)).containsExactly(assignment(id, function));
    assertThat(coordination.assigned(other)).isEmpty();
  }

  @Test
  void aWorkerIsNeverAssignedTwice() {
    var coordination = coordination();
    coordination.own(function);
    coordination.own(other);
    coordination.assign(assignment(id, function));

    assertThat(coordination.assign(assignment(id, other))).isFalse();
    assertThat(coordination.assigned(other)).isEmpty();
  }

  @Test
  void aWorkerThatIsGoneCanBeAssignedAgain() {
    var coordination = coordination();
    coordination.own(function);
    coordination.own(other);
    coordination.assign(assignment(id, function));

    coordination.unassign(id, function);

    assertThat(coordination.assigned(function)).isEmpty();
    assertThat(coordination.assign(assignment(id, other))).isTrue();
  }

  @Test
  void theNumberOfProvisionedWorkersIsKeptUntilItIsNone() {
    var coordination = coordination();
    assertThat(coordination.provisioned(function)).isZero();

    coordination.provision(function, 3);
    assertThat(coordination.provisioned(function)).isEqualTo(3);
    assertThat(coordination.provisioned(other)).isZero();

    coordination.provision(function, 0);
    assertThat(coordination.provisioned(function)).isZero();
  }

  @Test
  void unassigningWhatIsNotAssignedDoesNothing() {
    var coordination = coordination();
    coordination.own(function);
    coordination.assign(assignment(id, function));

    coordination.unassign(id, other);
    coordination.unassign("another-" + id, function);

    assertThat(coordination.assigned(function)).hasSize(1);
  }

  @Test
  void ofManyWhoTakeAWorkerAtTheSameTimeOneGetsIt()
      throws InterruptedException, ExecutionException {
    var coordination = coordination();
    var takers =
        IntStream.range(0, 50)
            .<Callable<Boolean>>mapToObj(i ->
                () -> {
                  var key = new FunctionKey(id, i);
                  coordination.own(key);
                  return coordination.assign(assignment(id, key));
                })
            .toList();
    var winners = new ArrayList<Boolean>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var taken : executor.invokeAll(takers)) {
        winners.add(taken.get());
      }
    }

    assertThat(winners).containsOnlyOnce(true);
  }
}
