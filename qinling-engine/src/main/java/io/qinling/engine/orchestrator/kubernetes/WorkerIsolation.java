// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** Keeps everybody but engines away from workers, as far as the cluster enforces NetworkPolicy. */
final class WorkerIsolation {
  private static final Logger LOG = Logger.getLogger(WorkerIsolation.class);

  /** Well below {@link EngineAddresses#KEPT}, so that a cluster may be away for a while. */
  private static final Duration TOLD_EVERY = Duration.ofHours(1);

  /** Kubernetes tells all pods the address of their API server in it. */
  private static final String SERVICE = "KUBERNETES_SERVICE_HOST";

  /**
   * @param due when this engine is to tell its address again; {@link Instant#EPOCH} while the pool
   *     is not kept apart as far as it knows
   */
  private record Kept(Deployment pool, Instant due) {
    boolean isOpen() {
      return due.equals(Instant.EPOCH);
    }
  }

  private final ConcurrentMap<String, Kept> pools = new ConcurrentHashMap<>();
  private final AtomicBoolean warned = new AtomicBoolean();
  private final ClusterConnection cluster;
  private final KubernetesSettings settings;
  private final PoolManifest manifest;
  private final ExecutorService blocking;

  WorkerIsolation(
      ClusterConnection cluster,
      KubernetesSettings settings,
      PoolManifest manifest,
      ExecutorService blocking) {
    this.cluster = cluster;
    this.settings = settings;
    this.manifest = manifest;
    this.blocking = blocking;
  }

  /** Has this engine among those who reach the workers of a pool, and nobody who is no engine. */
  void ensure(Deployment pool) {
    var name = pool.getMetadata().getName();
    var open = new Kept(pool, Instant.EPOCH);
    pools.put(name, open);
    blocking.execute(() ->
        attempt(open, Instant.now())
            .ifPresent(reason ->
                LOG.errorf(
                    "The workers of a runtime are not kept apart by a NetworkPolicy: runtime=%s"
                        + " reason=%s",
                    name, reason)));
  }

  /** Tries again where it has failed, and tells of this engine again where it is time to. */
  void ensureAgain(Instant now) {
    pools.forEach((name, kept) -> {
      if (!kept.due().isAfter(now) && attempt(kept, now).isEmpty() && kept.isOpen()) {
        LOG.infof("The workers of a runtime are kept apart by a NetworkPolicy: runtime=%s", name);
      }
    });
  }

  /** There is no such pool any more. */
  void forget(String runtimeId) {
    pools.remove(runtimeId);
  }

  /** The reason why it has failed, if it has. */
  private Optional<String> attempt(Kept kept, Instant now) {
    try {
      admit(kept.pool(), ownAddress(), now);
      pools.replace(
          kept.pool().getMetadata().getName(), kept, new Kept(kept.pool(), now.plus(TOLD_EVERY)));
      return Optional.empty();
    } catch (KubernetesClientException | QinlingException | IOException failed) {
      return Optional.of(cluster.failures().explain(failed));
    }
  }

  private void admit(Deployment pool, Optional<String> own, Instant now) {
    var policies =
        cluster.client().network().v1().networkPolicies().inNamespace(settings.namespace());
    var existing = policies.withName(pool.getMetadata().getName()).get();
    var others = existing == null ? EngineAddresses.none() : EngineAddresses.of(existing, now);
    var wanted =
        manifest.networkPolicy(pool, own.map(address -> others.with(address, now)).orElse(others));
    try {
      if (existing == null) {
        policies.resource(wanted).create();
      } else {
        // Refused when another engine has told of itself meanwhile.
        policies
            .resource(existing)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                Serialization.asJson(
                    Map.of(
                        "metadata",
                        Map.of(
                            "resourceVersion",
                            existing.getMetadata().getResourceVersion(),
                            "annotations",
                            wanted.getMetadata().getAnnotations()),
                        "spec",
                        wanted.getSpec())));
      }
    } catch (KubernetesClientException failed) {
      if (!ClusterFailures.isConflict(failed)) {
        throw failed;
      }
      admit(pool, own, now);
    }
  }

  /** Empty when this engine needs none, or knows none. */
  private Optional<String> ownAddress() throws IOException {
    if (EngineAddresses.isPod(settings.host(), Optional.ofNullable(System.getenv(SERVICE)))) {
      return Optional.empty();
    }
    var own = EngineAddresses.own(settings.host());
    if (own.isEmpty()
        && settings.template().trustedCidrs().isEmpty()
        && warned.compareAndSet(false, true)) {
      LOG.warnf(
          "NetworkPolicies do not admit this engine to workers, since a loopback address does not"
              + " tell from where it reaches them; name the network in [kubernetes] trusted_cidrs:"
              + " kube_host=%s",
          settings.host());
    }
    return own;
  }
}
