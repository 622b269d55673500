// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.conf.ConfVocabulary;
import io.qinling.credentials.ServiceSecret;
import io.qinling.etcd.EtcdConfig;
import io.qinling.log.LogConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestVocabulary {
  @ParameterizedTest
  @ValueSource(
      classes = {
        ApiConfig.class,
        AuthenticationConfig.class,
        CorsConfig.class,
        DatabaseConfig.class,
        EarlierPackages.class,
        EngineAccessConfig.class,
        EtcdConfig.class,
        KeystoneConfig.class,
        LimitsConfig.class,
        LogConfig.class,
        PolicyConfig.class,
        ServiceConfig.class,
        ServiceSecret.class,
        TlsConfig.class
      })
  void everyOptionOfTheApiIsInTheVocabulary(Class<?> section) {
    assertThat(ConfVocabulary.load().missing(section)).isEmpty();
  }
}
