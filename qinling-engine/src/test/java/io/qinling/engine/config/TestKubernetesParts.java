// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestKubernetesParts {
  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.10:8080, true, kube_host = http://10.0.0.10:8080 is not encrypted",
    "http://kubernetes.invalid, true, kube_host = http://kubernetes.invalid is not encrypted",
    "https://10.0.0.10:6443, false, use_api_certificate = false goes with http"
  })
  void aHostIsEncryptedUnlessItIsThisOne(String host, String certificate, String words) {
    var vertx = Vertx.vertx();
    try {
      var config =
          new SmallRyeConfigBuilder()
              .addDiscoveredConverters()
              .withMapping(EngineConfig.class)
              .withMapping(KubernetesConfig.class)
              .withDefaultValues(
                  Map.of(
                      "qinling.kubernetes.kube_host",
                      host,
                      "qinling.kubernetes.use_api_certificate",
                      certificate))
              .build();
      var parts =
          new KubernetesParts(
              config.getConfigMapping(EngineConfig.class),
              config.getConfigMapping(KubernetesConfig.class),
              config);

      assertThatThrownBy(() -> parts.orchestrator("a secret", vertx, null))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith("[kubernetes] " + words);
    } finally {
      var _ = vertx.close();
    }
  }
}
