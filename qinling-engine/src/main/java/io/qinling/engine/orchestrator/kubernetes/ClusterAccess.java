// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.net.HttpURLConnection.HTTP_FORBIDDEN;

import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * How the API server is spoken to, and whether the engine has there what it needs.
 *
 * @param json what all clients read and write with
 */
record ClusterAccess(
    KubernetesSettings settings,
    TlsMaterial tls,
    HttpClient.Factory http,
    KubernetesSerialization json) {
  /** Longest time of a request, and of what is asked with it. */
  static final int REQUEST_MILLIS = 15_000;

  private static final int CONNECT_MILLIS = 3_000;
  private static final int RECONNECT_MILLIS = 500;

  /**
   * A new client, which has not asked anything yet.
   *
   * @throws IOException naming the file of the certificates that cannot be used
   */
  KubernetesClient client() throws IOException {
    var config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(settings.host())
            .withNamespace(settings.namespace())
            .withConnectionTimeout(CONNECT_MILLIS)
            .withRequestTimeout(REQUEST_MILLIS)
            .withRequestRetryBackoffLimit(1)
            .withWatchReconnectInterval(RECONNECT_MILLIS)
            .build();
    try {
      return new KubernetesClientBuilder()
          .withConfig(config)
          .withHttpClientFactory(http)
          .withKubernetesSerialization(json)
          .withHttpClientBuilderConsumer(builder -> {
            try {
              tls.applyTo(builder);
            } catch (IOException unusable) {
              throw new UncheckedIOException(unusable);
            }
          })
          .build();
    } catch (UncheckedIOException unusable) {
      throw unusable.getCause();
    }
  }

  /**
   * What the engine lacks.
   *
   * @throws KubernetesClientException when the API server cannot be asked
   */
  Optional<Trouble> examine(KubernetesClient client, ClusterFailures failures) {
    var missing = Rights.missing(client, settings);
    if (!missing.isEmpty()) {
      return Optional.of(failures.lackingRights("missing: " + String.join(", ", missing)));
    }
    ask(client);
    return hasNamespace(client) ? Optional.empty() : Optional.of(failures.noNamespace());
  }

  /** The least that shows whether the API server answers and knows the engine. */
  void ask(KubernetesClient client) {
    var _ =
        client
            .pods()
            .inNamespace(settings.namespace())
            .list(new ListOptionsBuilder().withLimit(1L).build());
  }

  /** Who may list in all namespaces is given empty lists for one that is not there. */
  private boolean hasNamespace(KubernetesClient client) {
    try {
      return client.namespaces().withName(settings.namespace()).get() != null;
    } catch (KubernetesClientException failed) {
      if (failed.getCode() == HTTP_FORBIDDEN) {
        return true;
      }
      throw failed;
    }
  }
}
