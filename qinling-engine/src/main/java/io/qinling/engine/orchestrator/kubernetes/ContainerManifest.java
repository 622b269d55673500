// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.qinling.engine.orchestrator.ContainerCall;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** What the container of an execution is in the cluster: a pod that ends with it. */
final class ContainerManifest {
  static final String CONTAINER = "function";

  /** Longest name of a pod that is a label of DNS as well. */
  private static final int NAME_LENGTH = 63;

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");

  /** What the cluster may take beyond all limits that the engine watches, before it ends a pod. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final WorkerTemplate template;
  private final Duration startPatience;

  /**
   * @param startPatience how long a container may take to start
   */
  ContainerManifest(WorkerTemplate template, Duration startPatience) {
    this.template = template;
    this.startPatience = startPatience;
  }

  /**
   * The same for each engine that is asked to run the execution.
   *
   * @throws QinlingException INVALID_INPUT for an execution id that no object can be named by
   */
  static String name(ContainerCall call) {
    var whole = call.executionId() + "-" + call.functionId();
    var name = whole.substring(0, Math.min(whole.length(), NAME_LENGTH));
    if (!NAME.matcher(name).matches()) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          "An execution of source image needs an id of lower-case letters, digits and dashes");
    }
    return name;
  }

  /** The image is its owner's: its user and files are as it has them, its rights are not. */
  Pod pod(ContainerCall call) {
    var labels = new HashMap<>(template.labels());
    labels.put(Labels.MANAGED_BY, Labels.QINLING);
    labels.put(Labels.EXECUTION, call.executionId());
    labels.put(Labels.FUNCTION, call.functionId());
    labels.put(Labels.VERSION, Integer.toString(call.version()));
    var annotations = new HashMap<>(template.annotations());
    annotations.put(PoolManifest.TRUSTED, "false");
    var limits =
        Map.of(
            "cpu", Quantity.fromNumericalAmount(BigDecimal.valueOf(call.cpuMillis(), 3), "m"),
            "memory", Quantity.fromNumericalAmount(BigDecimal.valueOf(call.memoryBytes()), ""));
    return new PodBuilder()
        .withNewMetadata()
        .withName(name(call))
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .withNewSpec()
        .withRestartPolicy("Never")
        .withActiveDeadlineSeconds(startPatience.plus(call.timeout()).plus(GRACE).toSeconds())
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds(1L)
        .withRuntimeClassName(template.untrustedRuntimeClass().orElse(null))
        .withNodeSelector(template.nodeSelector())
        .withTolerations(template.tolerations())
        .withImagePullSecrets(
            template.imagePullSecrets().stream().map(LocalObjectReference::new).toList())
        .withNewSecurityContext()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewContainer()
        .withName(CONTAINER)
        .withImage(call.image())
        .withImagePullPolicy("IfNotPresent")
        .withArgs(call.arguments().stream().map(ContainerManifest::literal).toList())
        .withEnv(PoolManifest.variables(template.environment()))
        .withNewResources()
        .withRequests(limits)
        .withLimits(limits)
        .endResources()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .endContainer()
        .endSpec()
        .build();
  }

  /** Kubernetes would expand {@code $(VARIABLE)}. */
  private static String literal(String argument) {
    return argument.replace("$", "$$");
  }

  /** Whether a pod of that name is what another engine has made for the same call. */
  static boolean isFor(Pod pod, ContainerCall call) {
    return Labels.of(pod, Labels.EXECUTION).equals(call.executionId())
        && Labels.of(pod, Labels.FUNCTION).equals(call.functionId())
        && Labels.of(pod, Labels.VERSION).equals(Integer.toString(call.version()));
  }
}
