// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.OrchestratorContract;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.PoolStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** With a real cluster, which the environment names. */
@EnabledIfEnvironmentVariable(named = TestCluster.PREFIX + "HOST", matches = ".+")
class KubernetesOrchestratorIT extends OrchestratorContract {
  private static TestCluster cluster;
  private static KubernetesOrchestrator orchestrator;

  @BeforeAll
  static void start() {
    cluster = new TestCluster();
    orchestrator = cluster.open(POOL_SIZE, 100, WorkerAccess.AUTO);
  }

  @AfterAll
  static void stop() {
    var pools = cluster.client.apps().deployments().inNamespace(cluster.namespace);
    pools.list().getItems().forEach(pool -> orchestrator.deletePool(pool.getMetadata().getName()));
    var workers = cluster.client.pods().inNamespace(cluster.namespace).withLabel(Labels.WORKER);
    await().atMost(Duration.ofMinutes(2)).until(() -> workers.list().getItems().isEmpty());
    orchestrator.close();
    cluster.close();
  }

  @Override
  protected Orchestrator orchestrator() {
    return orchestrator;
  }

  /** Counts what is claimed in the whole namespace. */
  @Override
  protected Orchestrator small(int workers) {
    var busy =
        cluster
            .client
            .pods()
            .inNamespace(cluster.namespace)
            .withLabel(Labels.WORKER, Labels.CLAIMED)
            .list()
            .getItems();
    cluster.client.resourceList(busy).delete();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            cluster
                .client
                .pods()
                .inNamespace(cluster.namespace)
                .withLabel(Labels.WORKER, Labels.CLAIMED)
                .list()
                .getItems()
                .isEmpty());
    return cluster.open(POOL_SIZE, workers, WorkerAccess.AUTO);
  }

  @Override
  protected String image() {
    return TestCluster.IMAGE;
  }

  @Test
  void anotherEngineSeesTheSameWorkers() {
    var worker = claim("shared");

    try (var other = cluster.open(POOL_SIZE, 100, WorkerAccess.AUTO)) {
      await().atMost(Duration.ofSeconds(10)).until(() -> other.find(worker.name()).isPresent());
      assertThat(other.find(worker.name())).contains(worker);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(other.describePool("shared"))
                  .contains(new PoolStatus(image(), POOL_SIZE + 1, POOL_SIZE, 1)));
    }
  }

  @Test
  void aPoolWhoseWorkersDoNotStartIsNotInUseAndGetsAnotherImage() {
    // Given
    orchestrator.createPool(new Pool("unpullable", image(), true));
    cluster
        .client
        .apps()
        .deployments()
        .inNamespace(cluster.namespace)
        .withName("unpullable")
        .edit(pool ->
            new DeploymentBuilder(pool)
                .editSpec()
                .editTemplate()
                .editSpec()
                .editFirstContainer()
                .withImage("localhost/none:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          var status = orchestrator.describePool("unpullable").orElseThrow();
          return status.total() > status.available();
        });
    assertThat(orchestrator.describePool("unpullable").orElseThrow().claimed()).isZero();

    // When
    orchestrator.updatePool("unpullable", image());

    // Then
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(orchestrator.describePool("unpullable"))
                .contains(new PoolStatus(image(), POOL_SIZE, POOL_SIZE, 0)));
  }

  @Test
  void aPoolFollowsChangedOptions() {
    var worker = claim("changing");
    var deployment =
        cluster.client.apps().deployments().inNamespace(cluster.namespace).withName("changing");
    assertThat(deployment.get().getSpec().getReplicas()).isEqualTo(POOL_SIZE);

    try (var later = cluster.open(POOL_SIZE + 1, 100, WorkerAccess.AUTO)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> deployment.get().getSpec().getReplicas() == POOL_SIZE + 1);
      // It may be told of pools before it is of their workers.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(later.find(worker.name())).contains(worker));
    }
  }

  @Test
  void aPoolAdmitsEnginesThatLiveAndNobodyElse() {
    // Given a policy with another engine, one that is gone and a network that was trusted before
    orchestrator.createPool(new Pool("admitting", image(), true));
    await().atMost(Duration.ofSeconds(30)).until(() -> policy().get() != null);
    var own = admitted();
    assertThat(own).hasSize(1);
    var now = Instant.now();
    policy()
        .edit(policy -> {
          policy
              .getMetadata()
              .getAnnotations()
              .put(
                  EngineAddresses.ANNOTATION,
                  EngineAddresses.none()
                      .with("192.0.2.1/32", now)
                      .with("192.0.2.2/32", now.minus(Duration.ofDays(2)))
                      .text());
          policy
              .getSpec()
              .getIngress()
              .getFirst()
              .getFrom()
              .getLast()
              .getIpBlock()
              .setCidr("192.0.2.128/25");
          return policy;
        });

    // When
    try (var _ = cluster.open(POOL_SIZE, 100, WorkerAccess.AUTO)) {
      // Then
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(admitted()).containsExactlyInAnyOrder(own.getFirst(), "192.0.2.1/32"));
    }
  }

  private static Resource<NetworkPolicy> policy() {
    return cluster
        .client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(cluster.namespace)
        .withName("admitting");
  }

  private static List<String> admitted() {
    return policy().get().getSpec().getIngress().getFirst().getFrom().stream()
        .map(NetworkPolicyPeer::getIpBlock)
        .filter(Objects::nonNull)
        .map(IPBlock::getCidr)
        .toList();
  }

  @Test
  void aPoolThatOthersHaveMadeOutlivesAnEngineThatFindsNoRoomForIt() {
    // Given
    var worker = claim("theirs");
    var administrator = new Administrator(cluster.namespace);
    administrator.kubectl("create", "quota", "full", "--hard=pods=0");
    try (var other = cluster.open(POOL_SIZE, 100, WorkerAccess.AUTO)) {
      administrator.kubectl(
          "delete", "pods", "-l", "runtime_id=theirs," + Labels.WORKER + "=" + Labels.FREE);
      await().atMost(Duration.ofSeconds(10)).until(() -> other.find(worker.name()).isPresent());

      // When
      var refused = catchThrowable(() -> other.createPool(new Pool("theirs", image(), true)));

      // Then
      assertThat(refused).hasMessageContaining("quota");
      assertThat(orchestrator.runtimes()).contains("theirs");
      assertThat(cluster.client.pods().inNamespace(cluster.namespace).withName(worker.name()).get())
          .isNotNull()
          .matches(pod -> !Labels.isEnding(pod));
    } finally {
      administrator.kubectl("delete", "quota", "full");
    }
  }

  /** As after a connection that was lost meanwhile. */
  @Test
  void whoAsksAgainForAPoolThatIsBeingMadeWaitsForItsWorkers() {
    // Given
    var pool = new Pool("asked-again", image(), true);
    var first = CompletableFuture.runAsync(() -> orchestrator.createPool(pool), cluster.blocking);
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> orchestrator.runtimes().contains("asked-again"));

    // When
    orchestrator.createPool(pool);

    // Then
    assertThat(orchestrator.describePool("asked-again"))
        .contains(new PoolStatus(image(), POOL_SIZE, POOL_SIZE, 0));
    first.join();
  }

  /** A kubelet fails a pod whose time is over in the same way as one that it evicts. */
  @Test
  void aFreeWorkerThatWasEvictedMakesRoomAndIsRemoved() {
    // Given
    orchestrator.createPool(new Pool("evicted", image(), true));
    var pods =
        cluster
            .client
            .pods()
            .inNamespace(cluster.namespace)
            .withLabels(Labels.freeWorkers("evicted"));
    var evicted = pods.list().getItems().getFirst().getMetadata().getName();

    // When
    new Administrator(cluster.namespace)
        .kubectl("patch", "pod", evicted, "-p", "{\"spec\": {\"activeDeadlineSeconds\": 1}}");

    // Then
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          assertThat(pods.list().getItems())
              .extracting(pod -> pod.getMetadata().getName())
              .hasSize(POOL_SIZE)
              .doesNotContain(evicted);
          assertThat(orchestrator.describePool("evicted"))
              .contains(new PoolStatus(image(), POOL_SIZE, POOL_SIZE, 0));
        });
  }

  @Test
  void aClaimedWorkerThatWasEvictedIsGone() {
    var worker = claim("evicted-in-use");

    new Administrator(cluster.namespace)
        .kubectl("patch", "pod", worker.name(), "-p", "{\"spec\": {\"activeDeadlineSeconds\": 1}}");

    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          assertThat(orchestrator.find(worker.name())).isEmpty();
          assertThat(
                  cluster
                      .client
                      .pods()
                      .inNamespace(cluster.namespace)
                      .withName(worker.name())
                      .get())
              .isNull();
        });
  }

  @Test
  void anEngineThatStopsLeavesAPoolThatIsBeingMadeToTheNextOne() {
    // Given
    var pool = new Pool("half-made", image(), true);
    var other = cluster.open(POOL_SIZE, 100, WorkerAccess.AUTO);
    await().atMost(Duration.ofSeconds(10)).until(() -> other.trouble().isEmpty());
    var made = CompletableFuture.runAsync(() -> other.createPool(pool), cluster.blocking);
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> other.runtimes().contains("half-made"));

    // When
    other.close();

    // Then
    assertThat(made)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("stopping");
    orchestrator.createPool(pool);
    assertThat(orchestrator.describePool("half-made"))
        .contains(new PoolStatus(image(), POOL_SIZE, POOL_SIZE, 0));
  }
}
