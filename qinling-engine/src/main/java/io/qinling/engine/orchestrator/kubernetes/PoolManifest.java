// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpecBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.qinling.engine.orchestrator.Pool;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What a pool is in the cluster: a Deployment of free workers, and who may reach its workers. */
final class PoolManifest {
  /** Where workers listen, by the worker protocol. */
  static final int PORT = 9090;

  static final String CONTAINER = "worker";
  static final String SECRET_VARIABLE = "QINLING_WORKER_SECRET";

  /** What upstream told CRI-O, for clusters that were set up for it. */
  static final String TRUSTED = "io.kubernetes.cri-o.TrustedSandbox";

  /** Annotation of a Deployment: what it was made of, in short. */
  static final String MARK = "qinling.openstack.org/made-of";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DIGEST_LENGTH = 8;
  private static final String FOLDER = "/var/lib/qinling-worker";
  private static final String ENGINE_NAME = "qinling-engine";

  /** A new image that crashes does so within this time, and replaces no worker then. */
  private static final int STEADY_SECONDS = 2;

  /** Any but root's; images may be made for another user. */
  private static final long USER = 1000;

  private final Function<String, WorkerTemplate> templates;

  /**
   * @param templates what the operator wants of the workers of an image
   */
  PoolManifest(Function<String, WorkerTemplate> templates) {
    this.templates = templates;
  }

  /** Free workers that a runtime with the image keeps ready. */
  int poolSize(String image) {
    return templates.apply(image).poolSize();
  }

  /**
   * @param secret what workers know until they are introduced
   */
  Deployment deployment(Pool pool, String secret) {
    var spec = spec(pool, secret);
    return new DeploymentBuilder()
        .withNewMetadata()
        .withName(pool.runtimeId())
        .withLabels(Labels.pool(pool.runtimeId()))
        .addToAnnotations(MARK, digest(spec))
        .endMetadata()
        .withSpec(spec)
        .build();
  }

  private DeploymentSpec spec(Pool pool, String secret) {
    return new DeploymentSpecBuilder()
        .withReplicas(poolSize(pool.image()))
        .withRevisionHistoryLimit(1)
        .withMinReadySeconds(STEADY_SECONDS)
        .withNewSelector()
        .withMatchLabels(Labels.freeWorkers(pool.runtimeId()))
        .endSelector()
        .withTemplate(templates.apply(pool.image()).oldImages().adapt(pod(pool, secret)))
        .build();
  }

  private static String digest(DeploymentSpec spec) {
    try {
      var fields = JSON.readValue(Serialization.asJson(spec), Object.class);
      var json =
          JSON.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).writeValueAsBytes(fields);
      var digest = MessageDigest.getInstance("SHA-256").digest(json);
      return HexFormat.of().formatHex(digest, 0, DIGEST_LENGTH);
    } catch (JsonProcessingException | NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Equal for Deployments that were made alike, whatever the API server has added to them. */
  static String mark(Deployment deployment) {
    var annotations = deployment.getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(MARK, "");
  }

  private PodTemplateSpec pod(Pool pool, String secret) {
    var template = templates.apply(pool.image());
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
        .withContainers(container(pool.image(), secret, template))
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
  private static Container container(String image, String secret, WorkerTemplate template) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(image)
        .withImagePullPolicy("IfNotPresent")
        .withEnv(environment(secret, template))
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

  private static List<EnvVar> environment(String secret, WorkerTemplate template) {
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
  static String firstSecret(PodSpec pod) {
    return pod.getContainers().getFirst().getEnv().stream()
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
   * @param engines are remembered only where the operator trusts networks
   */
  NetworkPolicy networkPolicy(Deployment pool, EngineAddresses engines) {
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
    var trusted = templates.apply(poolOf(pool).image()).trustedCidrs();
    var networks = trusted.isEmpty() ? engines.networks() : trusted;
    networks.stream()
        .map(network ->
            new NetworkPolicyPeerBuilder().withNewIpBlock().withCidr(network).endIpBlock().build())
        .forEach(sources::add);
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(Labels.pool(name))
        .addToAnnotations(EngineAddresses.ANNOTATION, engines.text())
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
