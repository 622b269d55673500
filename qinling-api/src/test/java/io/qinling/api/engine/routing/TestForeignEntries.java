// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestForeignEntries {
  private final ForeignEntries foreign = new ForeignEntries();

  @Test
  void eachPairOfKeyAndValueIsLoggedOnce() {
    assertThat(foreign.ignore("/k", "v")).isTrue();
    assertThat(foreign.ignore("/k", "w")).isTrue();
    assertThat(foreign.ignore("/k", "v")).isFalse();
  }

  @Test
  void aFloodDoesNotFillTheLog() {
    int logged = 0;
    for (int i = 0; i < 5000; i++) {
      logged += foreign.ignore("/k" + i, "v") ? 1 : 0;
    }

    assertThat(logged).isEqualTo(1000);
  }
}
