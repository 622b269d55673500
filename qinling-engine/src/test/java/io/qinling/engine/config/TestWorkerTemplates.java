// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Quantity;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestWorkerTemplates {
  private static final String GPU = "qinling.kubernetes.gpu.";

  @Test
  void anImageHasItsOwnOptionsAndTheCommonOnesBesides() {
    var templates =
        templates(
            Map.of(
                "qinling.kubernetes.worker_cpu",
                "1",
                "qinling.kubernetes.worker_memory",
                "1Gi",
                "qinling.kubernetes.node_selector",
                "disk=ssd",
                GPU + "image",
                "some/gpu",
                GPU + "replicas",
                "1",
                GPU + "worker_memory",
                "8Gi",
                GPU + "node_selector",
                "gpu=true",
                GPU + "tolerations",
                "gpu:NoSchedule"));

    var common = templates.common();
    var gpu = templates.byImage().get("some/gpu");

    assertThat(common.poolSize()).isEqualTo(3);
    assertThat(common.nodeSelector()).isEqualTo(Map.of("disk", "ssd"));
    assertThat(common.tolerations()).isEmpty();
    assertThat(gpu.poolSize()).isEqualTo(1);
    assertThat(gpu.limits())
        .isEqualTo(Map.of("cpu", new Quantity("1"), "memory", new Quantity("8Gi")));
    assertThat(gpu.nodeSelector()).isEqualTo(Map.of("gpu", "true"));
    assertThat(gpu.tolerations())
        .singleElement()
        .satisfies(toleration -> {
          assertThat(toleration.getKey()).isEqualTo("gpu");
          assertThat(toleration.getOperator()).isEqualTo("Exists");
          assertThat(toleration.getEffect()).isEqualTo("NoSchedule");
        });
  }

  @Test
  void twoSectionsForOneImageAreRefused() {
    var templates =
        templates(Map.of(GPU + "image", "some/gpu", "qinling.kubernetes.b.image", "some/gpu"));

    assertThatThrownBy(templates::byImage)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("some/gpu");
  }

  @ParameterizedTest
  @CsvSource({
    "replicas, 0, [kubernetes.gpu] replicas is 0",
    "worker_cpu, much, [kubernetes.gpu] worker_cpu = much",
    "tolerations, gpu, [kubernetes.gpu] tolerations has gpu",
    "labels, a, '[kubernetes.gpu] labels has a, which is not name=value'"
  })
  void whatCannotBeIsNamedWithItsSection(String option, String value, String message) {
    var templates = templates(Map.of(GPU + "image", "some/gpu", GPU + option, value));

    assertThatThrownBy(templates::byImage)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }

  private static WorkerTemplates templates(Map<String, String> options) {
    var all =
        new SmallRyeConfigBuilder()
            .withConverter(Duration.class, 200, new DurationConverter())
            .withMapping(EngineConfig.class)
            .withMapping(KubernetesConfig.class)
            .withSources(new PropertiesConfigSource(options, "test", 100))
            .withMappingIgnore("qinling.**")
            .build();
    return new WorkerTemplates(
        all.getConfigMapping(EngineConfig.class),
        all.getConfigMapping(KubernetesConfig.class),
        all);
  }
}
