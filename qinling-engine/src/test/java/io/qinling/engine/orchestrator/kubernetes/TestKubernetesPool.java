// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.Worker;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which pods are workers that can be claimed. */
class TestKubernetesPool {
  private static final ContainerState RUNNING =
      new ContainerStateBuilder().withNewRunning().endRunning().build();
  private static final ContainerState ENDED =
      new ContainerStateBuilder().withNewTerminated().endTerminated().build();
  private static final Worker WORKER =
      new Worker("r-1", InetSocketAddress.createUnresolved("r-1", 1), "secret");

  private final KubernetesPool pool =
      new KubernetesPool(
          new PoolManifest(_ -> TestCluster.template(1))
              .deployment(new Pool("r", "image", true), "secret"));

  @BeforeEach
  void oneIsReady() {
    assertThat(pool.appeared(pod("Running", RUNNING, 0))).isTrue();
    assertThat(pool.prepared(pod("Running", RUNNING, 0), WORKER)).isTrue();
    assertThat(pool.readyCount()).isEqualTo(1);
  }

  @Test
  void oneThatIsToldOfAgainStaysReady() {
    assertThat(pool.appeared(pod("Running", RUNNING, 0))).isFalse();

    assertThat(pool.readyCount()).isEqualTo(1);
  }

  @Test
  void oneThatCrashedIsNotReadyUntilItIsIntroducedAgain() {
    assertThat(pool.appeared(pod("Running", ENDED, 0))).isFalse();
    assertThat(pool.readyCount()).isZero();
    assertThat(pool.freeCount()).isEqualTo(1);

    assertThat(pool.appeared(pod("Running", RUNNING, 1))).isTrue();
    assertThat(pool.readyCount()).isZero();
    assertThat(pool.prepared(pod("Running", RUNNING, 1), WORKER)).isTrue();
    assertThat(pool.readyCount()).isEqualTo(1);
  }

  @Test
  void oneThatNeverRunsAgainIsNeitherFreeNorAlive() {
    assertThat(Labels.isFree(pod("Running", ENDED, 0))).isTrue();

    for (var phase : new String[] {"Failed", "Succeeded"}) {
      assertThat(Labels.isFree(pod(phase, ENDED, 0))).isFalse();
      assertThat(Labels.isLost(pod(phase, ENDED, 0))).isTrue();
    }
  }

  private static Pod pod(String phase, ContainerState state, int restarts) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(WORKER.name())
        .addToLabels(Labels.freeWorkers("r"))
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withImage("image")
        .endContainer()
        .endSpec()
        .withNewStatus()
        .withPhase(phase)
        .withPodIP("127.0.0.1")
        .addNewContainerStatus()
        .withRestartCount(restarts)
        .withState(state)
        .endContainerStatus()
        .endStatus()
        .build();
  }
}
