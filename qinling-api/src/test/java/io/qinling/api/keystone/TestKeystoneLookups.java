// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TestKeystoneLookups {
  private final TurnedClock clock = new TurnedClock();
  private final AtomicInteger done = new AtomicInteger();
  private final Lookups<Integer> lookups =
      new Lookups<>(100, clock.ticker(), value -> Duration.ofSeconds(value));

  @Test
  void memoryIsBounded() {
    for (int i = 0; i < 10_000; i++) {
      lookups.get("key " + i, () -> 60);
    }
    assertThat(lookups.size()).isLessThanOrEqualTo(100);
  }

  @Test
  void aValueSaysHowLongItIsRemembered() {
    assertThat(lookups.get("key", () -> 60)).isEqualTo(60);
    clock.turn(Duration.ofSeconds(59));
    assertThat(lookups.get("key", () -> 70)).isEqualTo(60);
    clock.turn(Duration.ofSeconds(1));
    assertThat(lookups.get("key", () -> 70)).isEqualTo(70);
  }

  @Test
  void whatMemoryAnsweredIsCountedApart() {
    lookups.get("key", () -> 60);
    lookups.get("key", () -> 60);
    lookups.get("key", () -> 60);

    assertThat(lookups.hits()).isEqualTo(2);
    assertThat(lookups.misses()).isEqualTo(1);
  }

  @Test
  void aFailureIsNotRemembered() {
    assertThatIllegalStateException()
        .isThrownBy(() ->
            lookups.get(
                "key",
                () -> {
                  done.incrementAndGet();
                  throw new IllegalStateException("failed");
                }));
    assertThat(lookups.get("key", () -> 60)).isEqualTo(60);
    assertThat(done).hasValue(1);
  }

  @Test
  void whatIsForgottenIsNotReplaced() {
    lookups.get("key", () -> 60);
    lookups.forget("key");
    lookups.replace("key", 70);
    assertThat(lookups.get("key", () -> 80)).isEqualTo(80);
    lookups.replace("key", 90);
    assertThat(lookups.get("key", () -> 100)).isEqualTo(90);
  }
}
