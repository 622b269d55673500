// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.qinling.engine.orchestrator.ContainerCall;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.WorkerNeeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** What deploy/kubernetes/rbac.yaml gives is what the engine uses, in a real cluster. */
@EnabledIfEnvironmentVariable(named = TestCluster.PREFIX + "HOST", matches = ".+")
class RightsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pool POOL = new Pool("rights", TestCluster.IMAGE, true);

  /** Given to everybody, and asked in vain without harm. */
  private static final Set<String> NOT_OURS =
      Set.of("create selfsubjectaccessreviews.authorization.k8s.io", "get namespaces");

  /** What the engine does without where it is refused. */
  private static final Set<String> OPTIONAL = Set.of("patch pods/resize", "get nodes");

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = new TestCluster();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void whatIsGivenIsUsedAndWhatIsUsedIsGiven() throws IOException {
    var requests = new Requests(cluster.http());
    var settings = settings(cluster.namespace, WorkerAccess.NODE_PORT);

    try (var first = cluster.open(settings, cluster.tls(), requests)) {
      first.createPool(POOL);
      try (var second = cluster.open(settings, cluster.tls(), requests)) {
        await().atMost(PATIENCE).until(() -> isReady(second));
        first.updatePool(POOL.runtimeId(), POOL.image());
        first.release(first.claim(POOL, needs("released"), _ -> true, PATIENCE));
        var _ = first.claim(POOL, needs("kept"), _ -> true, PATIENCE);
        var _ = first.containers().orElseThrow().run(container());
      } finally {
        first.deletePool(POOL.runtimeId());
      }
    }

    var given = given();
    if (cluster.client.getApiResources("v1").getResources().stream()
        .noneMatch(resource -> resource.getName().equals("pods/resize"))) {
      given.remove("patch pods/resize");
    }
    var used = new TreeSet<>(requests.rights());
    used.removeAll(NOT_OURS);
    assertThat(used).isEqualTo(given);
  }

  /** Of another namespace, where the engine has no rights. */
  @Test
  void whatIsGivenIsWhatTheCheckAsksFor() throws IOException {
    var missing = Rights.missing(cluster.client, settings("default", WorkerAccess.AUTO));

    var needed = given();
    needed.removeAll(OPTIONAL);
    assertThat(missing)
        .containsExactlyInAnyOrderElementsOf(
            needed.stream().map(right -> right.split("[.]", 2)[0]).toList());
  }

  private static boolean isReady(KubernetesOrchestrator orchestrator) {
    return orchestrator
        .describePool(POOL.runtimeId())
        .filter(pool -> pool.available() == 1)
        .isPresent();
  }

  private static WorkerNeeds needs(String function) {
    return new WorkerNeeds(function, 0, 1, 100, 1 << 26);
  }

  private static ContainerCall container() {
    return new ContainerCall(
        UUID.randomUUID().toString(),
        "f",
        0,
        "localhost/qinling-test-function:1",
        List.of("print('x')"),
        100,
        1 << 26,
        PATIENCE);
  }

  /** By verb and resource, with the latter's group. */
  private static Set<String> given() throws IOException {
    try (var file = Files.newInputStream(Path.of("../deploy/kubernetes/rbac.yaml"))) {
      var rights = new TreeSet<String>();
      cluster.client.load(file).items().stream()
          .flatMap(object ->
              switch (object) {
                case Role role -> role.getRules().stream();
                case ClusterRole role -> role.getRules().stream();
                default -> Stream.<PolicyRule>empty();
              })
          .forEach(rule -> rights.addAll(rights(rule)));
      return rights;
    }
  }

  private static Set<String> rights(PolicyRule rule) {
    var rights = new HashSet<String>();
    for (var group : rule.getApiGroups()) {
      for (var resource : rule.getResources()) {
        rule.getVerbs().forEach(verb -> rights.add(Requests.right(verb, resource, group)));
      }
    }
    return rights;
  }

  /** Workers have limits, so that what they may use is fitted to a function. */
  private static KubernetesSettings settings(String namespace, WorkerAccess access) {
    var usual = cluster.settings(1, 100, access);
    var template = usual.template();
    return new KubernetesSettings(
        usual.host(),
        namespace,
        usual.burst(),
        usual.maxWorkers(),
        access,
        usual.startPatience(),
        usual.containerStartPatience(),
        usual.allowedImages(),
        usual.maxLogBytes(),
        new WorkerTemplate(
            template.poolSize(),
            template.slots(),
            template.labels(),
            template.annotations(),
            template.environment(),
            template.nodeSelector(),
            template.tolerations(),
            template.imagePullSecrets(),
            template.untrustedRuntimeClass(),
            Map.of("cpu", new Quantity("200m"), "memory", new Quantity("512Mi")),
            template.trustedCidrs(),
            template.oldImages()),
        usual.templatesByImage());
  }
}
