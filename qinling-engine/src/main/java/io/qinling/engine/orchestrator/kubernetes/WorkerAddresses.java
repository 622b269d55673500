// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Where workers are reached. What that takes in the cluster is made when it is asked for. */
final class WorkerAddresses {
  /** Has the same value as the pod's name, by which a Service finds one pod. */
  private static final String NAME = "qinling.openstack.org/name";

  /** A Service's name begins with a letter, and that of a pod with the runtime's id. */
  private static final String PREFIX = "worker-";

  private final ClusterConnection cluster;
  private final String namespace;
  private final WorkerAccess access;
  private final Predicate<InetSocketAddress> isReached;

  /**
   * @param isReached whether a worker answers at an address
   */
  WorkerAddresses(
      ClusterConnection cluster,
      String namespace,
      WorkerAccess access,
      Predicate<InetSocketAddress> isReached) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.access = access;
    this.isReached = isReached;
  }

  /** The address of a pod that runs on a node. */
  InetSocketAddress of(Pod pod) {
    return switch (access) {
      case POD_IP -> podAddress(pod);
      case NODE_PORT -> nodePort(pod);
      case AUTO -> isReached.test(podAddress(pod)) ? podAddress(pod) : nodePort(pod);
    };
  }

  private static InetSocketAddress podAddress(Pod pod) {
    return new InetSocketAddress(pod.getStatus().getPodIP(), PoolManifest.PORT);
  }

  private InetSocketAddress nodePort(Pod pod) {
    int port = service(pod).getSpec().getPorts().getFirst().getNodePort();
    return new InetSocketAddress(nodeAddress(pod), port);
  }

  private Service service(Pod pod) {
    var name = pod.getMetadata().getName();
    var services = cluster.client().services().inNamespace(namespace);
    cluster
        .client()
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Serialization.asJson(Map.of("metadata", Map.of("labels", Map.of(NAME, name)))));
    try {
      return services.resource(serviceFor(pod)).create();
    } catch (KubernetesClientException failed) {
      if (!ClusterFailures.isConflict(failed)) {
        throw failed;
      }
      // It is there from before, or another engine was first.
      return Optional.ofNullable(services.withName(PREFIX + name).get()).orElseThrow(() -> failed);
    }
  }

  /** Of the pod's own node only, so that the worker sees who calls. */
  private Service serviceFor(Pod pod) {
    var name = pod.getMetadata().getName();
    return new ServiceBuilder()
        .withNewMetadata()
        .withName(PREFIX + name)
        .withLabels(Labels.pool(Labels.of(pod, Labels.RUNTIME)))
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("Pod")
        .withName(name)
        .withUid(pod.getMetadata().getUid())
        .withController(false)
        .withBlockOwnerDeletion(false)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withType("NodePort")
        .withExternalTrafficPolicy("Local")
        .withSelector(Map.of(NAME, name))
        .addNewPort()
        .withPort(PoolManifest.PORT)
        .withTargetPort(new IntOrString(PoolManifest.PORT))
        .endPort()
        .endSpec()
        .build();
  }

  private String nodeAddress(Pod pod) {
    try {
      var node = cluster.client().nodes().withName(pod.getSpec().getNodeName()).get();
      var addresses =
          Optional.ofNullable(node)
              .map(found -> found.getStatus().getAddresses())
              .orElse(List.of());
      return last(addresses, "ExternalIP")
          .or(() -> last(addresses, "InternalIP"))
          .orElse(pod.getStatus().getHostIP());
    } catch (KubernetesClientException forbidden) {
      return pod.getStatus().getHostIP();
    }
  }

  private static Optional<String> last(List<NodeAddress> addresses, String type) {
    return addresses.stream()
        .filter(address -> address.getType().equals(type))
        .map(NodeAddress::getAddress)
        .reduce((_, later) -> later);
  }
}
