// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.conf.ConfVocabulary;
import io.qinling.credentials.ServiceSecret;
import io.qinling.log.LogConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestVocabulary {
  @ParameterizedTest
  @ValueSource(
      classes = {
        EngineConfig.class,
        KubernetesConfig.class,
        LocalConfig.class,
        LogConfig.class,
        ServiceSecret.class,
        StorageConfig.class
      })
  void everyOptionOfTheEngineIsInTheVocabulary(Class<?> section) {
    assertThat(ConfVocabulary.load().missing(section)).isEmpty();
  }
}
