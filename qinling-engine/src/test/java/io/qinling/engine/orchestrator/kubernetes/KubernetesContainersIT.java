// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.qinling.engine.orchestrator.ContainerCall;
import io.qinling.engine.orchestrator.ContainerEnd;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** With a real cluster, which the environment names. */
@EnabledIfEnvironmentVariable(named = TestCluster.PREFIX + "HOST", matches = ".+")
class KubernetesContainersIT {
  /** Runs the Python program that is its first argument; see e2e/function_image.py. */
  private static final String IMAGE = "localhost/qinling-test-function:1";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static TestCluster cluster;
  private static KubernetesOrchestrator orchestrator;

  /** Gives containers little time to start. */
  private static KubernetesOrchestrator impatient;

  private static ContainerRunner containers;

  @BeforeAll
  static void start() {
    cluster = new TestCluster();
    orchestrator = cluster.open(1, 100, WorkerAccess.AUTO);
    containers = orchestrator.containers().orElseThrow();
    var little = cluster.settings(1, 100, WorkerAccess.AUTO, Duration.ofSeconds(10));
    impatient = cluster.open(little, cluster.tls());
  }

  /** Other tests count what there is in the namespace. */
  @AfterAll
  static void stop() {
    var pods = cluster.client.pods().inNamespace(cluster.namespace).withLabel(Labels.EXECUTION);
    pods.delete();
    await().atMost(PATIENCE).until(() -> pods.list().getItems().isEmpty());
    impatient.close();
    orchestrator.close();
    cluster.close();
  }

  @Test
  void aContainerRunsWithItsArgumentsAndIsGoneAfterwards() {
    // Given what YAML, shells and Kubernetes would each make something else of
    var argument = "\"'\\ $(HOME) $$ {{x}}\n- a: b";
    var call = call("import sys; print(repr(sys.argv[1:]))", argument, "");

    // When
    var end = containers.run(call);

    // Then
    assertThat(end.failure()).isEmpty();
    assertThat(end.log()).contains("$(HOME) $$ {{x}}\\n- a: b", "''");
    awaitGone(call);
  }

  @Test
  void aContainerIsLimitedAndHasNoRights() {
    var seen = new ArrayList<Pod>();
    var call = call("import time; time.sleep(2)");
    var running = start(containers, call);

    await().atMost(PATIENCE).until(() -> pod(call) != null && seen.add(pod(call)));

    var spec = seen.getFirst().getSpec();
    var container = spec.getContainers().getFirst();
    assertThat(spec.getAutomountServiceAccountToken()).isFalse();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getResources().getLimits())
        .isEqualTo(Map.of("cpu", new Quantity("100m"), "memory", new Quantity("64Mi")))
        .isEqualTo(container.getResources().getRequests());
    assertThat(running.join().failure()).isEmpty();
  }

  @Test
  void theDurationIsThatOfTheContainer() {
    var end = containers.run(call("import time; time.sleep(2)"));

    assertThat(end.duration()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(20));
  }

  @Test
  void anExitCodeIsAFailure() {
    var end = containers.run(call("import sys; print('so far'); sys.exit(3)"));

    assertThat(end.failure()).contains("Function execution failed with exit code 3.");
    assertThat(end.log()).isEqualTo("so far\n");
  }

  @Test
  void tooMuchMemoryIsSaidSo() {
    var end = containers.run(call("x = bytearray(300 << 20)"));

    assertThat(end.failure().orElseThrow())
        .startsWith("Function execution failed because of too much resource consumption")
        .contains("OOMKilled");
  }

  @Test
  void aTimeoutEndsTheContainerAndKeepsItsLog() {
    var call =
        call(Duration.ofSeconds(2), "import time; print('begun', flush=True); time.sleep(60)");

    var end = containers.run(call);

    assertThat(end.failure()).contains("Function execution timeout.");
    assertThat(end.duration()).isEqualTo(Duration.ofSeconds(2));
    assertThat(end.log()).isEqualTo("begun\n");
    awaitGone(call);
  }

  @Test
  void anEndIsInTimeByTheTimesOfTheContainerHoweverLateItIsTold() {
    var soon = call(Duration.ofSeconds(1), "pass");
    var late = call(Duration.ofSeconds(1), "import time; time.sleep(3)");

    assertThat(containers.run(soon).failure()).isEmpty();
    assertThat(containers.run(late).failure()).contains("Function execution timeout.");
  }

  @Test
  void aLongLogIsCut() {
    var end = containers.run(call("print('\u00e9' * 100_000)"));

    assertThat(end.failure()).isEmpty();
    assertThat(end.log()).hasSizeLessThan(1100).endsWith("\u00e9\n... log cut at 1000 bytes\n");
  }

  @Test
  void anImageThatCannotBePulledIsNamedAsTheReason() {
    var call =
        new ContainerCall(
            UUID.randomUUID().toString(),
            "f",
            0,
            "localhost/nobody-has-this:1",
            List.of(),
            100,
            1 << 26,
            PATIENCE);

    assertThatThrownBy(() -> containers.run(call))
        .isInstanceOfSatisfying(
            QinlingException.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(ErrorCode.ORCHESTRATOR_FAILED);
              assertThat(failed)
                  .hasMessageContaining("image")
                  .hasMessageMatching(".*(ImagePull|ErrImage).*");
            });
    awaitGone(call);
  }

  @Test
  void anImageThatIsNotAllowedIsNotRun() {
    var call =
        new ContainerCall(
            UUID.randomUUID().toString(),
            "f",
            0,
            "elsewhere/x:1",
            List.of(),
            100,
            1 << 26,
            PATIENCE);

    assertThatThrownBy(() -> containers.run(call))
        .hasMessage("The operator of this service does not allow the image elsewhere/x:1.");
    assertThat(pod(call)).isNull();
  }

  @Test
  void aContainerWithoutRoomIsRefusedWhenItsTimeToStartIsOver() {
    var call = larger();

    assertThatThrownBy(() -> impatient.containers().orElseThrow().run(call))
        .isInstanceOfSatisfying(
            QinlingException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.OVERLOADED));
    awaitGone(call);
  }

  /** For which no node has room. */
  private static ContainerCall larger() {
    return new ContainerCall(
        UUID.randomUUID().toString(), "f", 0, IMAGE, List.of(), 900_000, 1 << 26, PATIENCE);
  }

  @Test
  void aContainerIsStopped() {
    var call = call("import time; time.sleep(60)");
    var running = start(containers, call);
    awaitRunning(call);

    containers.stop(call.executionId());

    assertThat(running.join().failure()).contains("Function execution cancelled.");
    awaitGone(call);
  }

  @Test
  void aContainerThatIsDeletedByHandFails() {
    var call = call("import time; print('begun', flush=True); time.sleep(60)");
    var running = start(containers, call);
    awaitRunning(call);

    cluster.client.pods().inNamespace(cluster.namespace).withName(name(call)).delete();

    assertThat(running.join().failure())
        .contains("Function execution failed because its container was deleted.");
  }

  @Test
  void anotherEngineGoesOnWithTheContainerOfADeadOne() {
    // Given one that dies while the container runs
    var call =
        call(
            Duration.ofSeconds(15),
            "import time; print(time.time_ns(), flush=True); time.sleep(6)");
    var dead = cluster.open(1, 100, WorkerAccess.AUTO);
    var lost = start(dead.containers().orElseThrow(), call);
    awaitRunning(call);
    dead.close();

    // When
    var end = start(containers, call);

    // Then
    await().atMost(PATIENCE).until(end::isDone);
    assertThat(end.join().failure()).isEmpty();
    assertThat(end.join().log().lines()).hasSize(1);
    awaitGone(call);
    assertThat(lost).isNotDone();
  }

  @Test
  void aFullClusterTakesNoMore() {
    try (var small = cluster.open(1, 1, WorkerAccess.AUTO)) {
      var runner = small.containers().orElseThrow();
      var call = call("import time; time.sleep(5)");
      var running = start(runner, call);
      awaitRunning(call);
      await().atMost(PATIENCE).until(() -> refusal(runner) == ErrorCode.OVERLOADED);
      assertThat(running.join().failure()).isEmpty();
    }
  }

  private static ErrorCode refusal(ContainerRunner runner) {
    try {
      var _ = runner.run(call("pass"));
      return null;
    } catch (QinlingException refused) {
      return refused.code();
    }
  }

  @Test
  void whatDeadEnginesLeftIsRemoved() {
    // Given a container that nobody waits for
    var call = call("pass");
    var manifest = new ContainerManifest(TestCluster.template(1), PATIENCE);
    cluster.client.pods().inNamespace(cluster.namespace).resource(manifest.pod(call)).create();
    await().atMost(PATIENCE).until(() -> ContainerWords.isOver(pod(call)));

    // When it has ended a short while ago, and when that is long ago
    sweep(Instant.now());
    assertThat(pod(call)).isNotNull();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          sweep(Instant.now().plus(Duration.ofHours(1)));
          assertThat(pod(call)).isNull();
        });
  }

  @Test
  void whatFoundNoNodeIsRemovedWhenNobodyCanWaitForIt() {
    // Given a container without room that a dead engine has left
    var call = larger();
    var manifest = new ContainerManifest(TestCluster.template(1), PATIENCE);
    cluster.client.pods().inNamespace(cluster.namespace).resource(manifest.pod(call)).create();
    await().atMost(PATIENCE).until(() -> ofImpatient().count() == 1);

    // When another engine may have it still, and when none can any more
    sweep(Instant.now().plus(Duration.ofMinutes(5)).plusSeconds(10));
    assertThat(pod(call)).isNotNull();
    sweep(Instant.now().plus(Duration.ofMinutes(5)).plusSeconds(30));

    // Then
    awaitGone(call);
  }

  @Test
  void whatThisEngineWaitsForIsNotRemoved() {
    var call = larger();
    var waiting = start(ofImpatient(), call);
    await().atMost(PATIENCE).until(() -> ofImpatient().count() == 1);

    sweep(Instant.now().plus(Duration.ofHours(1)));

    assertThatThrownBy(waiting::join).hasMessageContaining("no room");
  }

  private static void sweep(Instant now) {
    ofImpatient().sweep(now);
  }

  private static KubernetesContainers ofImpatient() {
    return (KubernetesContainers) impatient.containers().orElseThrow();
  }

  private static CompletableFuture<ContainerEnd> start(ContainerRunner runner, ContainerCall call) {
    return CompletableFuture.supplyAsync(() -> runner.run(call), cluster.blocking);
  }

  private static ContainerCall call(String program, String... arguments) {
    return call(PATIENCE, program, arguments);
  }

  private static ContainerCall call(Duration timeout, String program, String... arguments) {
    var all = new ArrayList<>(List.of(program));
    all.addAll(Arrays.asList(arguments));
    return new ContainerCall(
        UUID.randomUUID().toString(), "f", 0, IMAGE, all, 100, 64 << 20, timeout);
  }

  private static String name(ContainerCall call) {
    return ContainerManifest.name(call);
  }

  private static Pod pod(ContainerCall call) {
    return cluster.client.pods().inNamespace(cluster.namespace).withName(name(call)).get();
  }

  private static void awaitRunning(ContainerCall call) {
    await()
        .atMost(PATIENCE)
        .until(() -> pod(call) != null && "Running".equals(pod(call).getStatus().getPhase()));
  }

  private static void awaitGone(ContainerCall call) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(pod(call)).isNull());
  }
}
