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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TestLeftovers {
  private static final FunctionKey FUNCTION = new FunctionKey("f", 1);
  private static final Duration EXPIRY = Duration.ofHours(1);

  private final InMemoryCoordination coordination = new InMemoryCoordination();
  private final Set<String> released = new HashSet<>();
  private boolean served;
  private long now;
  private final Leftovers leftovers =
      new Leftovers(orchestrator(), coordination, _ -> served, EXPIRY, () -> now);

  /** Has one claimed worker, until that is released. */
  private Orchestrator orchestrator() {
    return (Orchestrator)
        Proxy.newProxyInstance(
            Orchestrator.class.getClassLoader(),
            new Class<?>[] {Orchestrator.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "claimed" -> List.of(new ClaimedWorker("w", "f", 1));
                  case "find" ->
                      Optional.of(new Worker("w", InetSocketAddress.createUnresolved("h", 1), "s"));
                  case "release" -> {
                    released.add(((Worker) arguments[0]).name());
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private void lookAfter(Duration time) {
    leftovers.look();
    now += time.toNanos();
    leftovers.look();
  }

  @Test
  void aWorkerThatIsUsedStays() {
    coordination.assign(new Assignment("w", FUNCTION, "h:1", "digest"));
    served = true;

    lookAfter(EXPIRY.multipliedBy(2));

    assertThat(released).isEmpty();
  }

  @Test
  void aClaimThatWasNeverRecordedIsEnded() {
    served = true;

    lookAfter(Duration.ofMinutes(1));
    assertThat(released).isEmpty();
    lookAfter(Duration.ofMinutes(1));

    assertThat(released).containsExactly("w");
  }

  @Test
  void aWorkerWhoseFunctionNobodyServesIsEndedAfterTheIdleExpiry() {
    coordination.assign(new Assignment("w", FUNCTION, "h:1", "digest"));

    lookAfter(EXPIRY.minusSeconds(1));
    assertThat(released).isEmpty();
    lookAfter(Duration.ofSeconds(1));

    assertThat(released).containsExactly("w");
    assertThat(coordination.assigned(FUNCTION)).isEmpty();
  }

  @Test
  void theTimeBeginsAnewWhenItWasUsedMeanwhile() {
    coordination.assign(new Assignment("w", FUNCTION, "h:1", "digest"));
    lookAfter(EXPIRY.minusSeconds(1));
    served = true;
    leftovers.look();
    served = false;

    lookAfter(EXPIRY.minusSeconds(1));

    assertThat(released).isEmpty();
  }
}
