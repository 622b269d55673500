// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static java.util.stream.Collectors.toUnmodifiableMap;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.kubernetes.KubernetesOrchestrator;
import io.qinling.engine.orchestrator.kubernetes.KubernetesSettings;
import io.qinling.engine.orchestrator.kubernetes.OldImages;
import io.qinling.engine.orchestrator.kubernetes.TlsMaterial;
import io.qinling.engine.orchestrator.kubernetes.WorkerAccess;
import io.qinling.engine.orchestrator.kubernetes.WorkerTemplate;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes the orchestrator of {@code [engine] orchestrator = kubernetes}. */
final class KubernetesParts {
  private final EngineConfig engine;
  private final KubernetesConfig config;

  KubernetesParts(EngineConfig engine, KubernetesConfig config) {
    this.engine = engine;
    this.config = config;
  }

  Orchestrator orchestrator(Vertx vertx, Threads threads) {
    return new KubernetesOrchestrator(
        settings(),
        tls(vertx),
        new VertxHttpClientFactory(vertx),
        EngineParts.secretOf(engine),
        threads.blocking(),
        threads.timer());
  }

  private KubernetesSettings settings() {
    try {
      return new KubernetesSettings(
          config.kubeHost(),
          config.namespace(),
          config.replicas(),
          config.burst(),
          config.maxWorkers(),
          access(),
          config.startTimeout(),
          config.imageStartTimeout(),
          engine.maxLogSize(),
          template());
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

  private WorkerTemplate template() {
    var limits = new HashMap<String, Quantity>();
    config.workerCpu().ifPresent(cpu -> limits.put("cpu", quantity("worker_cpu", cpu)));
    config
        .workerMemory()
        .ifPresent(memory -> limits.put("memory", quantity("worker_memory", memory)));
    return new WorkerTemplate(
        engine.functionConcurrency(),
        pairs("labels", config.labels()),
        pairs("annotations", config.annotations()),
        pairs("environment", config.environment()),
        pairs("node_selector", config.nodeSelector()),
        config.tolerations().orElse(List.of()).stream().map(KubernetesParts::toleration).toList(),
        config.imagePullSecrets().orElse(List.of()),
        config.untrustedRuntimeClass(),
        Map.copyOf(limits),
        config.trustedCidrs().orElse(List.of()),
        new OldImages(Set.copyOf(config.oldImages().orElse(List.of())), engine.sidecarImage()));
  }

  private static Quantity quantity(String option, String value) {
    try {
      var quantity = Quantity.parse(value);
      var _ = quantity.getNumericalAmount();
      return quantity;
    } catch (RuntimeException wrong) {
      throw new ConfigurationException(
          "[kubernetes] " + option + " = " + value + " is no quantity of Kubernetes");
    }
  }

  private static Map<String, String> pairs(String option, Optional<List<String>> pairs) {
    return pairs.orElse(List.of()).stream()
        .map(pair -> pair.split("=", 2))
        .peek(pair -> requirePair(option, pair))
        .collect(toUnmodifiableMap(pair -> pair[0].strip(), pair -> pair[1].strip()));
  }

  private static void requirePair(String option, String[] pair) {
    if (pair.length != 2) {
      throw new ConfigurationException(
          "[kubernetes] " + option + " has " + pair[0] + ", which is not name=value");
    }
  }

  private static Toleration toleration(String taint) {
    int colon = taint.lastIndexOf(':');
    if (colon < 1) {
      throw new ConfigurationException(
          "[kubernetes] tolerations has " + taint + ", which is not key=value:effect");
    }
    var keyAndValue = taint.substring(0, colon).split("=", 2);
    var toleration =
        new TolerationBuilder()
            .withKey(keyAndValue[0].strip())
            .withEffect(taint.substring(colon + 1).strip());
    return keyAndValue.length == 1
        ? toleration.withOperator("Exists").build()
        : toleration.withOperator("Equal").withValue(keyAndValue[1].strip()).build();
  }

  private TlsMaterial tls(Vertx vertx) {
    var host = URI.create(config.kubeHost());
    boolean secure = "https".equals(host.getScheme());
    if (!secure && !isLoopback(host.getHost())) {
      throw new ConfigurationException(
          "[kubernetes] kube_host = "
              + config.kubeHost()
              + " is not encrypted; use https, or http for the loopback address only");
    }
    if (secure && !config.useApiCertificate()) {
      throw new ConfigurationException(
          "[kubernetes] use_api_certificate = false goes with http on the loopback address only");
    }
    return secure
        ? new PemFiles(vertx, config.sslCaCert(), config.certFile(), config.keyFile())
        : TlsMaterial.NONE;
  }

  private static boolean isLoopback(String host) {
    try {
      return host != null && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }
}
