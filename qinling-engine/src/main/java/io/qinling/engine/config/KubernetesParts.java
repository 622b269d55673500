// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.qinling.check.Review;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.kubernetes.AllowedImages;
import io.qinling.engine.orchestrator.kubernetes.ClusterCheck;
import io.qinling.engine.orchestrator.kubernetes.KubernetesOrchestrator;
import io.qinling.engine.orchestrator.kubernetes.KubernetesSettings;
import io.qinling.engine.orchestrator.kubernetes.TlsMaterial;
import io.qinling.engine.orchestrator.kubernetes.WorkerAccess;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** Makes the orchestrator of {@code [engine] orchestrator = kubernetes}. */
final class KubernetesParts {
  private final EngineConfig engine;
  private final KubernetesConfig config;
  private final Config all;

  KubernetesParts(EngineConfig engine, KubernetesConfig config, Config all) {
    this.engine = engine;
    this.config = config;
    this.all = all;
  }

  Orchestrator orchestrator(String secret, Vertx vertx, Threads threads) {
    return new KubernetesOrchestrator(
        settings(),
        tls(vertx),
        new VertxHttpClientFactory(vertx),
        secret,
        threads.blocking(),
        threads.timer());
  }

  /** See {@link ClusterCheck#trouble}. */
  Optional<String> trouble(Vertx vertx) {
    return ClusterCheck.trouble(settings(), tls(vertx), new VertxHttpClientFactory(vertx));
  }

  /**
   * @throws ConfigurationException naming the option that cannot be
   */
  void requirePossible() {
    var _ = settings();
    var _ = isSecure();
  }

  private KubernetesSettings settings() {
    try {
      var workers = new WorkerTemplates(engine, config, all);
      return new KubernetesSettings(
          config.kubeHost(),
          config.namespace(),
          config.burst(),
          config.maxWorkers(),
          access(),
          config.startTimeout(),
          config.imageStartTimeout(),
          new AllowedImages(config.allowedImages()),
          engine.maxLogSize(),
          workers.common(),
          workers.byImage());
    } catch (IllegalArgumentException wrong) {
      throw new ConfigurationException(wrong.getMessage());
    }
  }

  private WorkerAccess access() {
    return Arrays.stream(WorkerAccess.values())
        .filter(known -> known.name().toLowerCase(Locale.ROOT).equals(config.workerAccess()))
        .findFirst()
        .orElseThrow(() ->
            new ConfigurationException(
                "[kubernetes] worker_access = "
                    + config.workerAccess()
                    + " is unknown; known: pod_ip, node_port, auto"));
  }

  private TlsMaterial tls(Vertx vertx) {
    return isSecure()
        ? new PemFiles(vertx, config.sslCaCert(), config.certFile(), config.keyFile())
        : TlsMaterial.NONE;
  }

  private boolean isSecure() {
    var host = URI.create(config.kubeHost());
    boolean secure = "https".equals(host.getScheme());
    if (!secure && (host.getHost() == null || !Review.isLoopback(host.getHost()))) {
      throw new ConfigurationException(
          "[kubernetes] kube_host = "
              + config.kubeHost()
              + " is not encrypted; use https, or http for the loopback address only");
    }
    if (secure && !config.useApiCertificate()) {
      throw new ConfigurationException(
          "[kubernetes] use_api_certificate = false goes with http on the loopback address only");
    }
    return secure;
  }
}
