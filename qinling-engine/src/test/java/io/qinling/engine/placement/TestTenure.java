// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class TestTenure {
  @Test
  void ownershipIsAskedForBeforeItIsHad() {
    assertThat(new Tenure.Unowned().to(new Tenure.Asking()).to(new Tenure.Owned(1)))
        .isEqualTo(new Tenure.Owned(1));
    assertThatThrownBy(() -> new Tenure.Unowned().to(new Tenure.Owned(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Unowned");
  }

  @Test
  void theEndIsTheEnd() {
    assertThatThrownBy(() -> new Tenure.Ended().to(new Tenure.Asking()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void everyStateHasItsMoves() {
    assertThat(Tenure.MOVES.keySet()).isEqualTo(Set.of(Tenure.class.getPermittedSubclasses()));
  }
}
