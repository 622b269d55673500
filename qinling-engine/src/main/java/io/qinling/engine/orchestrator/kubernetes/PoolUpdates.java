// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/** Changes what the Deployment of a pool makes workers of. Those in use stay as they are. */
final class PoolUpdates {
  private static final Logger LOG = Logger.getLogger(PoolUpdates.class);

  private final ClusterConnection cluster;
  private final KubernetesSettings settings;
  private final PoolManifest manifest;
  private final WorkerSecrets secrets;
  private final ExecutorService blocking;

  PoolUpdates(
      ClusterConnection cluster,
      KubernetesSettings settings,
      PoolManifest manifest,
      WorkerSecrets secrets,
      ExecutorService blocking) {
    this.cluster = cluster;
    this.settings = settings;
    this.manifest = manifest;
    this.secrets = secrets;
    this.blocking = blocking;
  }

  /** Has a pool follow the options of the engine, which may have changed since it was made. */
  void align(Deployment found) {
    var first = PoolManifest.firstSecret(found.getSpec().getTemplate().getSpec());
    // Old images have none, until they are said not to be old.
    var secret = first.isEmpty() ? secrets.forPool() : first;
    var wanted = manifest.deployment(PoolManifest.poolOf(found), secret);
    if (PoolManifest.mark(wanted).equals(PoolManifest.mark(found))) {
      return;
    }
    blocking.execute(() -> {
      try {
        apply(wanted);
        LOG.infof("A pool follows changed options: runtime=%s", wanted.getMetadata().getName());
      } catch (KubernetesClientException failed) {
        LOG.warnf(
            "A pool does not follow changed options: runtime=%s reason=%s",
            wanted.getMetadata().getName(), cluster.failures().explain(failed));
      }
    });
  }

  /** Returns the Deployment as it is then. */
  Deployment apply(Deployment wanted) {
    return cluster
        .client()
        .apps()
        .deployments()
        .inNamespace(settings.namespace())
        .withName(wanted.getMetadata().getName())
        .patch(
            PatchContext.of(PatchType.JSON),
            Serialization.asJson(
                List.of(
                    put("/spec/replicas", wanted.getSpec().getReplicas()),
                    put("/spec/template", wanted.getSpec().getTemplate()),
                    put(
                        "/metadata/annotations/" + PoolManifest.MARK.replace("/", "~1"),
                        PoolManifest.mark(wanted)))));
  }

  private static Map<String, Object> put(String path, Object value) {
    return Map.of("op", "add", "path", path, "value", value);
  }
}
