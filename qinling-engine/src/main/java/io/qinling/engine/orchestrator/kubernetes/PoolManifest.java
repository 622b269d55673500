// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.qinling.engine.orchestrator.Pool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a pool is in the cluster: a Deployment of free workers, and who may reach its workers. */
final class PoolManifest {
  /** Where workers listen, by the worker protocol. */
  static final int PORT = 9090;

  static final String CONTAINER = "worker";
  static final String SECRET_VARIABLE = "QINLING_WORKER_SECRET";

  /** What upstream told CRI-O, for clusters that were set up for it. */
  static final String TRUSTED = "io.kubernetes.cri-o.TrustedSandbox";

  private static final String FOLDER = "/var/lib/qinling-worker";
  private static final String ENGINE_NAME = "qinling-engine";

  /** A new image that crashes does so within this time, and replaces no worker then. */
  private static final int STEADY_SECONDS = 2;

  /** Any but root's; images may be made for another user. */
  private static final long USER = 1000;

  private final WorkerTemplate template;

  PoolManifest(WorkerTemplate template) {
    this.template = template;
  }

  /**
   * @param secret what workers know until they are introduced
   */
  Deployment deployment(Pool pool, int size, String secret) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withName(pool.runtimeId())
        .withLabels(Labels.pool(pool.runtimeId()))
        .endMetadata()
        .withNewSpec()
        .withReplicas(size)
        .withRevisionHistoryLimit(1)
        .withMinReadySeconds(STEADY_SECONDS)
        .withNewSelector()
        .withMatchLabels(Labels.freeWorkers(pool.runtimeId()))
        .endSelector()
        .withTemplate(template.oldImages().adapt(pod(pool, secret)))
        .endSpec()
        .build();
  }

  private PodTemplateSpec pod(Pool pool, String secret) {
    var labels = new HashMap<>(template.labels());
    labels.putAll(Labels.freeWorkers(pool.runtimeId()));
    var annotations = new HashMap<>(template.annotations());
    annotations.put(TRUSTED, Boolean.toString(pool.trusted()));
    var untrusted = pool.trusted() ? Optional.<String>empty() : template.untrustedRuntimeClass();
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .withNewSpec()
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds(5L)
        .withRuntimeClassName(untrusted.orElse(null))
        .withNodeSelector(template.nodeSelector())
        .withTolerations(template.tolerations())
        .withImagePullSecrets(
            template.imagePullSecrets().stream().map(LocalObjectReference::new).toList())
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(USER)
        .withRunAsGroup(USER)
        .withFsGroup(USER)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withContainers(container(pool.image(), secret))
        .addNewVolume()
        .withName("worker")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .endSpec()
        .build();
  }

  /**
   * Has no readiness probe: the engine asks workers itself, and each change of a pod's state waits
   * for its turn among the few requests that a kubelet makes in a second.
   */
  private Container container(String image, String secret) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(image)
        .withImagePullPolicy("IfNotPresent")
        .withEnv(environment(secret))
        .addNewPort()
        .withContainerPort(PORT)
        .endPort()
        .withNewResources()
        .withLimits(template.limits())
        .endResources()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .addNewVolumeMount()
        .withName("worker")
        .withMountPath(FOLDER)
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .build();
  }

  private List<EnvVar> environment(String secret) {
    var variables = new HashMap<>(template.environment());
    variables.put(SECRET_VARIABLE, secret);
    variables.put("QINLING_WORKER_DIR", FOLDER);
    variables.put("QINLING_WORKER_SLOTS", Integer.toString(template.slots()));
    // The limit would count the processes of all workers of a node, which have the same user.
    variables.put("QINLING_WORKER_PROCESSES", "0");
    return variables(variables);
  }

  static List<EnvVar> variables(Map<String, String> values) {
    return values.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(variable ->
            new EnvVarBuilder().withName(variable.getKey()).withValue(variable.getValue()).build())
        .toList();
  }

  /** A free worker as the pool's others, that no ReplicaSet knows. */
  static Pod extraWorker(Deployment pool) {
    var template = pool.getSpec().getTemplate();
    return new PodBuilder()
        .withNewMetadataLike(template.getMetadata())
        .withGenerateName(pool.getMetadata().getName() + "-extra-")
        .withOwnerReferences(ownedBy(pool))
        .endMetadata()
        .withSpec(template.getSpec())
        .build();
  }

  /** Whether it was made by {@link #extraWorker}. */
  static boolean isExtra(Pod pod) {
    return Labels.of(pod, "pod-template-hash").isEmpty();
  }

  /** What workers know until they are introduced, as their pod has it; old ones know nothing. */
  static String firstSecret(Pod pod) {
    return pod.getSpec().getContainers().getFirst().getEnv().stream()
        .filter(variable -> variable.getName().equals(SECRET_VARIABLE))
        .map(EnvVar::getValue)
        .findFirst()
        .orElse("");
  }

  static Pool poolOf(Deployment deployment) {
    var pod = deployment.getSpec().getTemplate();
    return new Pool(
        deployment.getMetadata().getName(),
        pod.getSpec().getContainers().getFirst().getImage(),
        !"false".equals(pod.getMetadata().getAnnotations().get(TRUSTED)));
  }

  /** Has an object go with its pool. */
  static OwnerReference ownedBy(Deployment pool) {
    return new OwnerReferenceBuilder()
        .withApiVersion("apps/v1")
        .withKind("Deployment")
        .withName(pool.getMetadata().getName())
        .withUid(pool.getMetadata().getUid())
        .withController(false)
        .withBlockOwnerDeletion(false)
        .build();
  }

  /**
   * Admits engines only: those that are pods by their label, others by their address.
   *
   * @param engines addresses of engines, which are not needed where the operator trusts networks
   */
  NetworkPolicy networkPolicy(Deployment pool, Collection<String> engines) {
    var name = pool.getMetadata().getName();
    var sources = new ArrayList<NetworkPolicyPeer>();
    sources.add(
        new NetworkPolicyPeerBuilder()
            .withNewNamespaceSelector()
            .addToMatchLabels("app.kubernetes.io/part-of", Labels.QINLING)
            .endNamespaceSelector()
            .withNewPodSelector()
            .addToMatchLabels("app.kubernetes.io/name", ENGINE_NAME)
            .endPodSelector()
            .build());
    var networks = template.trustedCidrs().isEmpty() ? engines : template.trustedCidrs();
    networks.stream()
        .map(network ->
            new NetworkPolicyPeerBuilder().withNewIpBlock().withCidr(network).endIpBlock().build())
        .forEach(sources::add);
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(Labels.pool(name))
        .withOwnerReferences(ownedBy(pool))
        .endMetadata()
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(Labels.pool(name))
        .endPodSelector()
        .withPolicyTypes("Ingress")
        .addNewIngress()
        .withFrom(sources)
        .endIngress()
        .endSpec()
        .build();
  }
}
