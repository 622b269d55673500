// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.qinling.engine.orchestrator.Pool;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A worker that never answers is tried again and again, but not for nobody. */
class TestWorkerPreparation {
  /** No worker listens there. */
  private static final String NOWHERE = "127.0.0.1";

  private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  private final WorkerIntroduction introduction = new WorkerIntroduction();
  private final WorkerPreparation preparation =
      new WorkerPreparation(
          new WorkerAddresses(null, "n", WorkerAccess.POD_IP, introduction::isReached),
          introduction,
          new WorkerSecrets("secret"),
          new ClusterFailures(null, _ -> {}),
          () -> {},
          blocking);
  private final Deployment deployment =
      new PoolManifest(_ -> TestCluster.template(1))
          .deployment(new Pool("r", "image", true), "secret");
  private final KubernetesPool pool = new KubernetesPool(deployment);

  @AfterEach
  void close() {
    blocking.shutdownNow();
    introduction.close();
  }

  @Test
  void goesOnWhileThePoolIsThere() throws InterruptedException {
    begin();

    assertThat(hasEnded(1)).isFalse();
  }

  @Test
  void endsWithThePool() throws InterruptedException {
    begin();

    pool.close();

    assertThat(hasEnded(10)).isTrue();
  }

  @Test
  void endsWithThePod() throws InterruptedException {
    begin();

    pool.left(pod().getMetadata().getName());

    assertThat(hasEnded(10)).isTrue();
  }

  @Test
  void endsWithTheEngine() throws InterruptedException {
    begin();

    preparation.close();

    assertThat(hasEnded(10)).isTrue();
  }

  private void begin() {
    assertThat(pool.appeared(pod())).isTrue();
    preparation.begin(pool, pod());
  }

  private boolean hasEnded(int seconds) throws InterruptedException {
    blocking.shutdown();
    return blocking.awaitTermination(seconds, TimeUnit.SECONDS);
  }

  private Pod pod() {
    var template = deployment.getSpec().getTemplate();
    return new PodBuilder()
        .withMetadata(template.getMetadata().edit().withName("r-1").withUid("u").build())
        .withSpec(template.getSpec())
        .withNewStatus()
        .withPodIP(NOWHERE)
        .withContainerStatuses(
            new ContainerStatusBuilder()
                .withRestartCount(0)
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .build())
        .endStatus()
        .build();
  }
}
