// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.qinling.engine.config.PemFilesFixture;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The cluster that the environment names, and orchestrators that use it with the engine's
 * certificate. It is made ready by e2e/kubernetes.py.
 */
final class TestCluster implements AutoCloseable {
  static final String PREFIX = "QINLING_TEST_KUBERNETES_";
  static final String IMAGE = "openstackqinling/python3-runtime";

  final Vertx vertx = Vertx.vertx();
  final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  final String host = variable("HOST");
  final String namespace = variable("NAMESPACE");
  final Path ca = Path.of(variable("CA"));
  final Path certificate = Path.of(variable("CERT"));
  final Path key = Path.of(variable("KEY"));
  final KubernetesClient client =
      new KubernetesClientBuilder()
          .withConfig(
              new ConfigBuilder(Config.empty())
                  .withMasterUrl(host)
                  .withNamespace(namespace)
                  .withCaCertFile(ca.toString())
                  .withClientCertFile(certificate.toString())
                  .withClientKeyFile(key.toString())
                  .build())
          .build();

  private static String variable(String name) {
    return System.getenv(PREFIX + name);
  }

  TlsMaterial tls() {
    return PemFilesFixture.of(vertx, ca, certificate, key);
  }

  HttpClient.Factory http() {
    return new VertxHttpClientFactory(vertx);
  }

  KubernetesOrchestrator open(int poolSize, int maxWorkers, WorkerAccess access) {
    return open(settings(poolSize, maxWorkers, access), tls());
  }

  KubernetesOrchestrator open(KubernetesSettings settings, TlsMaterial material) {
    return open(settings, material, http());
  }

  KubernetesOrchestrator open(
      KubernetesSettings settings, TlsMaterial material, HttpClient.Factory factory) {
    return new KubernetesOrchestrator(
        settings, material, factory, "a secret of the tests", blocking, timer);
  }

  KubernetesSettings settings(int poolSize, int maxWorkers, WorkerAccess access) {
    return settings(poolSize, maxWorkers, access, Duration.ofSeconds(60));
  }

  KubernetesSettings settings(
      int poolSize, int maxWorkers, WorkerAccess access, Duration containerStartPatience) {
    return new KubernetesSettings(
        host,
        namespace,
        10,
        maxWorkers,
        access,
        Duration.ofSeconds(60),
        containerStartPatience,
        new AllowedImages(List.of("localhost/*")),
        1000,
        template(poolSize),
        Map.of());
  }

  static WorkerTemplate template(int poolSize) {
    return new WorkerTemplate(
        poolSize,
        3,
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Map.of(),
        List.of(),
        new OldImages(Set.of(), ""));
  }

  @Override
  public void close() {
    client.close();
    blocking.close();
    timer.shutdownNow();
    var _ = vertx.close();
  }
}
