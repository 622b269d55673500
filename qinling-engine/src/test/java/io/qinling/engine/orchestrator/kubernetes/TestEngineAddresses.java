// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.qinling.engine.orchestrator.Pool;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestEngineAddresses {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final PoolManifest MANIFEST = new PoolManifest(_ -> TestCluster.template(1));
  private static final Deployment POOL = MANIFEST.deployment(new Pool("r", "image", true), "");

  @Test
  void thoseOfOthersStayWhileTheyAreTold() {
    var first = EngineAddresses.none().with("10.0.0.1/32", NOW.minus(Duration.ofHours(30)));
    var before = MANIFEST.networkPolicy(POOL, first.with("fd00::2/128", NOW));

    var later = NOW.plus(Duration.ofHours(1));
    var now = EngineAddresses.of(before, later).with("10.0.0.3/32", later);

    assertThat(admitted(MANIFEST.networkPolicy(POOL, now)))
        .containsExactly("10.0.0.3/32", "fd00::2/128");
  }

  @Test
  void trustedNetworksAreAdmittedInsteadAndNoLongerThanTheyAreTrusted() {
    var engines = EngineAddresses.none().with("10.0.0.1/32", NOW);
    var trusting = new PoolManifest(_ -> trusting("192.0.2.0/24")).networkPolicy(POOL, engines);
    assertThat(admitted(trusting)).containsExactly("192.0.2.0/24");

    var afterwards = MANIFEST.networkPolicy(POOL, EngineAddresses.of(trusting, NOW));

    assertThat(admitted(afterwards)).containsExactly("10.0.0.1/32");
  }

  @Test
  void whatCannotBeReadIsNobody() {
    var policy = MANIFEST.networkPolicy(POOL, EngineAddresses.none());
    assertThat(EngineAddresses.of(policy, NOW).networks()).isEmpty();

    policy.getMetadata().getAnnotations().put(EngineAddresses.ANNOTATION, "x=y =1 10.0.0.1/32");

    assertThat(EngineAddresses.of(policy, NOW).networks()).isEmpty();
  }

  @Test
  void aLoopbackAddressOfTheApiServerTellsNone() throws IOException {
    assertThat(EngineAddresses.own("https://127.0.0.1:6443")).isEmpty();
    assertThat(EngineAddresses.own("http://localhost:8001")).isEmpty();
  }

  @Test
  void anEngineInAPodOfTheClusterIsKnownByItsLabels() throws IOException {
    var service = Optional.of("127.0.0.1");

    assertThat(EngineAddresses.isPod("https://localhost", service)).isTrue();
    assertThat(EngineAddresses.isPod("https://10.0.0.1:6443", service)).isFalse();
    assertThat(EngineAddresses.isPod("https://localhost", Optional.empty())).isFalse();
  }

  private static List<String> admitted(NetworkPolicy policy) {
    return policy.getSpec().getIngress().getFirst().getFrom().stream()
        .map(peer -> peer.getIpBlock())
        .filter(Objects::nonNull)
        .map(block -> block.getCidr())
        .toList();
  }

  private static WorkerTemplate trusting(String network) {
    var template = TestCluster.template(1);
    return new WorkerTemplate(
        template.poolSize(),
        template.slots(),
        template.labels(),
        template.annotations(),
        template.environment(),
        template.nodeSelector(),
        template.tolerations(),
        template.imagePullSecrets(),
        template.untrustedRuntimeClass(),
        template.limits(),
        List.of(network),
        template.oldImages());
  }
}
