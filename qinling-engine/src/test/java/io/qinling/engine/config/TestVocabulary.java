// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.conf.ConfVocabulary;
import io.qinling.log.LogConfig;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestVocabulary {
  static Stream<Class<?>> sections() {
    return Stream.concat(EngineSettings.SECTIONS.stream(), Stream.of(LogConfig.class));
  }

  @ParameterizedTest
  @MethodSource("sections")
  void everyOptionOfTheEngineIsInTheVocabulary(Class<?> section) {
    assertThat(ConfVocabulary.load().missing(section)).isEmpty();
  }
}
