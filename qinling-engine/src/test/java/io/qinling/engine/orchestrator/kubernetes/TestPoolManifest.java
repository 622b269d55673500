// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.qinling.engine.orchestrator.Pool;
import org.junit.jupiter.api.Test;

class TestPoolManifest {
  private static final Pool POOL = new Pool("r", "image", false);

  @Test
  void whatIsMadeAlikeHasTheSameMark() {
    var first = deployment(POOL, 2);
    var again = deployment(PoolManifest.poolOf(sent(first)), 2);

    assertThat(PoolManifest.mark(first)).isNotEmpty();
    assertThat(PoolManifest.firstSecret(first.getSpec().getTemplate().getSpec()))
        .isEqualTo("secret");
    assertThat(PoolManifest.mark(again)).isEqualTo(PoolManifest.mark(sent(first)));
  }

  @Test
  void otherOptionsMakeAnotherMark() {
    assertThat(PoolManifest.mark(deployment(POOL, 2)))
        .isNotEqualTo(PoolManifest.mark(deployment(POOL, 3)));
    assertThat(PoolManifest.mark(deployment(POOL, 2)))
        .isNotEqualTo(PoolManifest.mark(deployment(POOL.withImage("other"), 2)));
  }

  private static Deployment deployment(Pool pool, int size) {
    return new PoolManifest(_ -> TestCluster.template(size)).deployment(pool, "secret");
  }

  /** As it comes back from the API server. */
  private static Deployment sent(Deployment deployment) {
    return Serialization.unmarshal(Serialization.asJson(deployment), Deployment.class);
  }
}
