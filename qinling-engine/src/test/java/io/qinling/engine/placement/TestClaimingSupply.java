// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.engine.coordination.Assignment;
import io.qinling.engine.coordination.memory.InMemoryCoordination;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.orchestrator.ClaimedWorker;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Worker;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which workers an earlier owner left. */
class TestClaimingSupply {
  private static final FunctionKey FUNCTION = new FunctionKey("f", 1);

  private final InMemoryCoordination coordination = new InMemoryCoordination();
  private final List<ClaimedWorker> claimed = new ArrayList<>();
  private final List<String> living = new ArrayList<>();
  private final ClaimingSupply supply =
      new ClaimingSupply(
          orchestrator(),
          coordination,
          null,
          null,
          new PlacementLimits(1, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1)),
          Runnable::run,
          _ -> {});

  private Orchestrator orchestrator() {
    return (Orchestrator)
        Proxy.newProxyInstance(
            Orchestrator.class.getClassLoader(),
            new Class<?>[] {Orchestrator.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "claimed" -> claimed;
                  case "find" ->
                      Optional.of((String) arguments[0])
                          .filter(living::contains)
                          .map(TestClaimingSupply::worker);
                  case "release" -> {
                    living.remove(((Worker) arguments[0]).name());
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static Worker worker(String name) {
    return new Worker(name, InetSocketAddress.createUnresolved("h", 1), "s");
  }

  private void assign(String worker, FunctionKey function) {
    coordination.assign(new Assignment(worker, function, "h:1", "digest"));
  }

  @Test
  void whatTheCoordinationOrTheOrchestratorKnowsAndThatLivesIsLeft() {
    living.addAll(List.of("both", "recorded", "claimed", "other"));
    assign("recorded", FUNCTION);
    assign("both", FUNCTION);
    assign("dead", FUNCTION);
    assign("other", new FunctionKey("f", 2));
    claimed.add(new ClaimedWorker("both", "f", 1));
    claimed.add(new ClaimedWorker("claimed", "f", 1));
    claimed.add(new ClaimedWorker("other", "f", 2));

    assertThat(supply.left(FUNCTION)).containsExactly("both", "claimed", "recorded");
  }

  @Test
  void whatIsLeftIsEndedAndForgotten() {
    living.addAll(List.of("recorded", "claimed", "other"));
    assign("recorded", FUNCTION);
    assign("dead", FUNCTION);
    assign("other", new FunctionKey("f", 2));
    claimed.add(new ClaimedWorker("claimed", "f", 1));

    supply.endLeft(FUNCTION);

    assertThat(living).containsExactly("other");
    assertThat(coordination.assigned(FUNCTION)).isEmpty();
    assertThat(coordination.assigned(new FunctionKey("f", 2))).hasSize(1);
  }
}
