// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.conf.ConfVocabulary;
import io.qinling.log.LogConfig;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestVocabulary {
  static Stream<Class<?>> sections() {
    return Stream.concat(ApiSettings.SECTIONS.stream(), Stream.of(LogConfig.class));
  }

  @ParameterizedTest
  @MethodSource("sections")
  void everyOptionOfTheApiIsInTheVocabulary(Class<?> section) {
    assertThat(ConfVocabulary.load().missing(section)).isEmpty();
  }
}
