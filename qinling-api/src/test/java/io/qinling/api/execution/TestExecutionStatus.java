// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class TestExecutionStatus {
  @Test
  void onlyARunningExecutionMovesAndOnlyToAnEnd() {
    var moves = new ArrayList<String>();
    for (var from : ExecutionStatus.values()) {
      for (var to : ExecutionStatus.values()) {
        if (from.mayBecome(to)) {
          moves.add(from + " to " + to);
        }
      }
    }

    assertThat(moves)
        .containsExactly("RUNNING to SUCCESS", "RUNNING to FAILED", "RUNNING to ERROR");
  }

  @Test
  void anEndIsFinal() {
    assertThatThrownBy(
            () -> new ExecutionEnd(ExecutionStatus.RUNNING, null, null, null, Instant.EPOCH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("RUNNING");
  }
}
