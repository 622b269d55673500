// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestUserIds {
  private final UserIds ids = new UserIds(1000, 3);

  @Test
  void noTwoWorkersHaveTheSame() {
    assertThat(ids.take()).hasValue(1000);
    assertThat(ids.take()).hasValue(1001);
    assertThat(ids.take()).hasValue(1002);
    assertThat(ids.take()).isEmpty();
  }

  @Test
  void oneThatWasGivenBackIsTakenAgainAfterTheOthers() {
    ids.take();
    ids.giveBack(1000);

    assertThat(ids.take()).hasValue(1001);
    assertThat(ids.take()).hasValue(1002);
    assertThat(ids.take()).hasValue(1000);
  }
}
