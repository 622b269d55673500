// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.util.Optional;

/** One look at a cluster, which makes nothing there and follows nothing. */
public final class ClusterCheck {
  private ClusterCheck() {}

  /**
   * What keeps an engine of these settings from using its cluster, in a line for the operator;
   * empty when nothing does. Takes as long as a request may.
   */
  public static Optional<String> trouble(
      KubernetesSettings settings, TlsMaterial tls, HttpClient.Factory http) {
    var failures = new ClusterFailures(settings, _ -> {});
    var access = new ClusterAccess(settings, tls, http, new KubernetesSerialization());
    try {
      // Says which file is missing.
      var _ = tls.fingerprint();
      try (var client = access.client()) {
        return access.examine(client, failures).map(Trouble::line);
      }
    } catch (IOException | RuntimeException failed) {
      return Optional.of(failures.explain(failed));
    }
  }
}
