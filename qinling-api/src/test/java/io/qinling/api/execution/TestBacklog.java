// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.execution.JournalChange.Finish;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TestBacklog {
  private final Backlog backlog = new Backlog(3, 100);

  private static Finish finish(String id, int characters) {
    var execution =
        new ExecutionRecord(
            id,
            "p",
            null,
            "f",
            0,
            ExecutionStatus.RUNNING,
            true,
            null,
            null,
            null,
            1,
            null,
            Instant.EPOCH,
            null);
    var end =
        new ExecutionEnd(
            ExecutionStatus.SUCCESS, "x".repeat(characters), null, null, Instant.EPOCH);
    return new Finish(execution, end, false, new CompletableFuture<>());
  }

  @Test
  void itHoldsSoManyChanges() {
    assertThat(backlog.add(finish("1", 0))).isTrue();
    assertThat(backlog.add(finish("2", 0))).isTrue();
    assertThat(backlog.add(finish("3", 0))).isTrue();

    assertThat(backlog.add(finish("4", 0))).isFalse();
    assertThat(backlog.holds("4")).isFalse();
  }

  @Test
  void itHoldsSoManyCharacters() {
    assertThat(backlog.add(finish("1", 60))).isTrue();

    assertThat(backlog.add(finish("2", 60))).isFalse();
    assertThat(backlog.add(finish("3", 40))).isTrue();
  }

  @Test
  void whatWasTakenOutIsKnownUntilItIsSettled() {
    var change = finish("1", 100);
    backlog.add(change);

    assertThat(backlog.drain()).containsExactly(change);
    assertThat(backlog.isEmpty()).isTrue();
    assertThat(backlog.add(finish("2", 100))).isTrue();
    assertThat(backlog.holds("1")).isTrue();
    backlog.settle(change);
    assertThat(backlog.holds("1")).isFalse();
  }
}
