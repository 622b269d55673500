// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.engine.function.FunctionKey;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every coordination must do. */
public abstract class CoordinationContract {
  private static final FunctionKey FUNCTION = new FunctionKey("f", 1);
  private static final FunctionKey OTHER = new FunctionKey("f", 10);

  /** One in which nothing is assigned. */
  protected abstract Coordination coordination();

  @Test
  void anAssignedWorkerIsListedForItsFunctionAlone() {
    var coordination = coordination();

    assertThat(coordination.assign("w", FUNCTION)).isTrue();

    assertThat(coordination.assigned(FUNCTION)).containsExactly("w");
    assertThat(coordination.assigned(OTHER)).isEmpty();
  }

  @Test
  void aWorkerThatIsGoneCanBeAssignedAgain() {
    var coordination = coordination();
    coordination.assign("w", FUNCTION);

    coordination.unassign("w");

    assertThat(coordination.assigned(FUNCTION)).isEmpty();
    assertThat(coordination.assign("w", OTHER)).isTrue();
  }

  @Test
  void unassigningWhatIsNotAssignedDoesNothing() {
    coordination().unassign("w");
  }

  @Test
  void ofManyWhoTakeAWorkerAtTheSameTimeOneGetsIt()
      throws InterruptedException, ExecutionException {
    var coordination = coordination();
    var takers =
        IntStream.range(0, 50)
            .<Callable<Boolean>>mapToObj(
                i -> () -> coordination.assign("w", new FunctionKey("f", i)))
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
