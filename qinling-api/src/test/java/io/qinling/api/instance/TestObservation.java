// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is taken for dead, and who is not. */
class TestObservation {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final ApiInstance SILENT = new ApiInstance("silent", "there", 7);

  private long now = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();
  private final Observation observation = new Observation(TIMEOUT, PERIOD, () -> now);

  /** A look a period after the one before. */
  private List<ApiInstance> look(ApiInstance... found) {
    pass(PERIOD);
    return observation.dead(() -> List.of(found));
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private void fail() {
    pass(PERIOD);
    assertThatThrownBy(() ->
            observation.dead(() -> {
              throw new IllegalStateException("The database is away");
            }))
        .isInstanceOf(IllegalStateException.class);
  }

  /** How many looks it takes from now. */
  private int looksUntilDead() {
    int looks = 1;
    while (look(SILENT).isEmpty()) {
      looks++;
    }
    return looks;
  }

  @Test
  void whoDoesNotBeatForTheTimeoutIsDead() {
    assertThat(looksUntilDead()).isEqualTo(6);
  }

  @Test
  void whoBeatsLives() {
    for (long beat = 0; beat < 20; beat++) {
      assertThat(look(new ApiInstance("lively", "there", beat))).isEmpty();
    }
  }

  @Test
  void oneBeatIsEnough() {
    for (int i = 0; i < 5; i++) {
      look(SILENT);
    }

    assertThat(look(new ApiInstance("silent", "there", 8))).isEmpty();
    assertThat(look(new ApiInstance("silent", "there", 8))).isEmpty();
  }

  @Test
  void quickLooksDoNotMakeTheTimeout() {
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofMillis(90));
      assertThat(observation.dead(() -> List.of(SILENT))).isEmpty();
    }
  }

  @Test
  void fewLooksDoNotMakeADeath() {
    for (int i = 0; i < 5; i++) {
      pass(PERIOD.multipliedBy(2));
      assertThat(observation.dead(() -> List.of(SILENT))).isEmpty();
    }
    pass(PERIOD);

    assertThat(observation.dead(() -> List.of(SILENT))).containsExactly(SILENT);
  }

  @Test
  void aFailedLookBeginsAnew() {
    for (int i = 0; i < 5; i++) {
      look(SILENT);
    }
    fail();

    assertThat(looksUntilDead()).isEqualTo(6);
  }

  @Test
  void anObserverThatWasPausedBeginsAnew() {
    for (int i = 0; i < 5; i++) {
      look(SILENT);
    }
    pass(Duration.ofMinutes(1));

    assertThat(looksUntilDead()).isEqualTo(6);
  }

  @Test
  void aSlowAnswerIsAsOldAsItsQuestion() {
    var found = new ArrayList<ApiInstance>();
    for (int i = 0; i < 6; i++) {
      found.addAll(
          observation.dead(() -> {
            pass(PERIOD);
            return List.of(SILENT);
          }));
    }

    // The last was asked 8 seconds after the first was answered.
    assertThat(found).isEmpty();
  }

  @Test
  void whoIsGoneIsForgotten() {
    look(SILENT);
    look();

    assertThat(looksUntilDead()).isEqualTo(6);
  }

  @Test
  void eachIsSeenForItself() {
    var other = new ApiInstance("other", "elsewhere", 1);
    look(SILENT);
    look(SILENT, other);
    for (int i = 0; i < 3; i++) {
      look(SILENT, other);
    }

    assertThat(look(SILENT, other)).containsExactly(SILENT);
    assertThat(look(SILENT, other)).containsExactlyInAnyOrder(SILENT, other);
  }
}
