// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.WorkerProtocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TestOldImages {
  private static final String OLD = "openstackqinling/python3-runtime:0.0.2";
  private static final String SIDECAR = "openstackqinling/sidecar:0.0.2";

  private static PodTemplateSpec pod(String image) {
    var template =
        new WorkerTemplate(
            1,
            3,
            Map.of(),
            Map.of(),
            Map.of("HTTP_PROXY", "proxy"),
            Map.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            Map.of("memory", Quantity.parse("1Gi")),
            List.of(),
            new OldImages(Set.of(OLD), SIDECAR));
    return new PoolManifest(_ -> template)
        .deployment(new Pool("r", image, true), "first")
        .getSpec()
        .getTemplate();
  }

  private static Pod made(PodTemplateSpec from) {
    return new PodBuilder().withMetadata(from.getMetadata()).withSpec(from.getSpec()).build();
  }

  @Test
  void aListedImageGetsASidecarAndSharesTheFolderOfPackages() {
    var pod = pod(OLD);

    assertThat(pod.getSpec().getContainers())
        .extracting(Container::getName, Container::getImage)
        .containsExactly(tuple("worker", OLD), tuple("sidecar", SIDECAR));
    assertThat(pod.getSpec().getContainers())
        .allSatisfy(container ->
            assertThat(container.getVolumeMounts())
                .extracting(VolumeMount::getMountPath)
                .containsExactly("/var/qinling/packages"));
    assertThat(OldImages.protocolOf(made(pod))).isEqualTo(WorkerProtocol.VERSION_1);
  }

  @Test
  void aListedImageGetsUpstreamsEnvironmentAndNoneOfOurSecrets() {
    var environment = pod(OLD).getSpec().getContainers().getFirst().getEnv();

    assertThat(environment)
        .extracting(EnvVar::getName)
        .containsExactly("HTTP_PROXY", "POD_UID", "QOS_CLASS");
  }

  @Test
  void aListedImageMayStartAsRootButGetsNothingOfTheHost() {
    var spec = pod(OLD).getSpec();

    assertThat(spec.getSecurityContext().getRunAsNonRoot()).isNull();
    assertThat(spec.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(spec.getAutomountServiceAccountToken()).isFalse();
    assertThat(spec.getVolumes())
        .allSatisfy(volume -> assertThat(volume.getEmptyDir()).isNotNull())
        .hasSize(1);
    assertThat(spec.getContainers())
        .allSatisfy(container -> {
          var confinement = container.getSecurityContext();
          assertThat(confinement.getCapabilities().getDrop()).containsExactly("ALL");
          assertThat(confinement.getAllowPrivilegeEscalation()).isFalse();
          assertThat(confinement.getPrivileged()).isNull();
          assertThat(container.getResources().getLimits()).containsKey("memory");
        });
  }

  @Test
  void anotherTagOfAListedImageIsConfinedAsAllOthers() {
    var pod = pod("openstackqinling/python3-runtime");

    assertThat(pod.getSpec().getContainers()).hasSize(1);
    assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(OldImages.protocolOf(made(pod))).isEqualTo(WorkerProtocol.VERSION_2);
  }
}
