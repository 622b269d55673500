// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestEditDistance {
  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "host, host, 0",
    "'', host, 4",
    "host, '', 4",
    "hots, host, 1",
    "hst, host, 1",
    "hoost, host, 1",
    "hast, host, 1",
    "ohts, host, 2",
    "ca, abc, 3",
    "port, host, 2"
  })
  void countsSlips(String a, String b, int expected) {
    // When
    int distance = EditDistance.between(a, b);
    // Then
    assertThat(distance).isEqualTo(expected);
  }
}
