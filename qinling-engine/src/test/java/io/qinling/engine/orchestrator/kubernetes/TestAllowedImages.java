// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestAllowedImages {
  private final AllowedImages allowed =
      new AllowedImages(List.of("registry.example/tools:1", "registry.example/team/*"));

  @ParameterizedTest
  @CsvSource({
    "registry.example/tools:1, true",
    "registry.example/tools:10, false",
    "registry.example/tools, false",
    "registry.example/team/any@sha256:0, true",
    "registry.example/teammate, false",
    "other.example/registry.example/team/any, false"
  })
  void isAWholeNameOrBeginsSo(String image, boolean admitted) {
    assertThat(allowed.admit(image)).isEqualTo(admitted);
  }

  @ParameterizedTest
  @CsvSource({"*, true", "'', false"})
  void allOrNone(String pattern, boolean admitted) {
    assertThat(new AllowedImages(List.of(pattern)).admit("any")).isEqualTo(admitted);
  }
}
