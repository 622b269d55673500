// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.qinling.error.QinlingException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/** Keeps everybody but engines away from workers, as far as the cluster enforces NetworkPolicy. */
final class WorkerIsolation {
  private static final Logger LOG = Logger.getLogger(WorkerIsolation.class);

  private final ClusterConnection cluster;
  private final KubernetesSettings settings;
  private final PoolManifest manifest;
  private final ExecutorService blocking;

  /** By their runtimes, pools that are not kept apart as far as this engine knows. */
  private final ConcurrentMap<String, Deployment> open = new ConcurrentHashMap<>();

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
    open.put(name, pool);
    blocking.execute(() ->
        attempt(pool)
            .ifPresent(reason ->
                LOG.errorf(
                    "The workers of a runtime are not kept apart by a NetworkPolicy: runtime=%s"
                        + " reason=%s",
                    name, reason)));
  }

  /** Tries again where it has failed. */
  void ensureAgain() {
    open.forEach((name, pool) -> {
      if (attempt(pool).isEmpty()) {
        LOG.infof("The workers of a runtime are kept apart by a NetworkPolicy: runtime=%s", name);
      }
    });
  }

  /** There is no such pool any more. */
  void forget(String runtimeId) {
    open.remove(runtimeId);
  }

  /** The reason why it has failed, if it has. */
  private Optional<String> attempt(Deployment pool) {
    try {
      admit(pool);
      open.remove(pool.getMetadata().getName(), pool);
      return Optional.empty();
    } catch (KubernetesClientException | QinlingException | SocketException failed) {
      return Optional.of(cluster.failures().explain(failed));
    }
  }

  private void admit(Deployment pool) throws SocketException {
    var name = pool.getMetadata().getName();
    var policies =
        cluster.client().network().v1().networkPolicies().inNamespace(settings.namespace());
    var engines = new TreeSet<String>();
    engines.add(ownAddress());
    var existing = policies.withName(name).get();
    try {
      if (existing == null) {
        policies.resource(manifest.networkPolicy(pool, engines)).create();
        return;
      }
      engines.addAll(admitted(existing));
      var wanted = manifest.networkPolicy(pool, engines);
      if (!existing.getSpec().equals(wanted.getSpec())) {
        policies
            .withName(name)
            .edit(found -> {
              found.setSpec(wanted.getSpec());
              return found;
            });
      }
    } catch (KubernetesClientException failed) {
      if (!ClusterFailures.isConflict(failed)) {
        throw failed;
      }
      // Another engine was first.
      admit(pool);
    }
  }

  private static List<String> admitted(NetworkPolicy policy) {
    return policy.getSpec().getIngress().stream()
        .map(NetworkPolicyIngressRule::getFrom)
        .flatMap(List::stream)
        .map(NetworkPolicyPeer::getIpBlock)
        .filter(Objects::nonNull)
        .map(block -> block.getCidr())
        .toList();
  }

  /** The address from which this host reaches the cluster; nothing is sent. */
  private String ownAddress() throws SocketException {
    var host = URI.create(settings.host());
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(host.getHost(), Math.max(1, host.getPort())));
      var address = socket.getLocalAddress();
      return address.getHostAddress() + (address.getAddress().length == 4 ? "/32" : "/128");
    }
  }
}
