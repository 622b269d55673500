// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.function.ResourceLimits.Limit;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestResourceLimits {
  private final Limit cpu = new Limit("cpu", "millicpu", 100, 100, 300);

  @ParameterizedTest
  @ValueSource(strings = {"100", "300", " 200 ", "+150"})
  void valuesWithinTheLimitAreTaken(String text) {
    assertThat(cpu.parse(Optional.of(text))).contains(Integer.valueOf(text.strip()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"99", "301", "-1", "0", "9999999999"})
  void valuesOutsideAreRefusedWithTheRange(String text) {
    assertThatThrownBy(() -> cpu.parse(Optional.of(text)))
        .hasMessage("cpu resource limitation not within the allowable range: 100 ~ 300(millicpu).");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "1.5", "0x10", "99999999999999999999999"})
  void whatIsNoIntegerIsRefused(String text) {
    assertThatThrownBy(() -> cpu.parse(Optional.of(text)))
        .hasMessage("Invalid cpu resource specified. An integer is required.");
  }

  @Test
  void absentStaysAbsent() {
    assertThat(cpu.parse(Optional.empty())).isEmpty();
  }

  @Test
  void limitsThatContradictThemselvesAreRefused() {
    assertThatThrownBy(() -> new Limit("cpu", "millicpu", 200, 100, 300))
        .hasMessageContaining("[resource_limits] of cpu");
  }
}
