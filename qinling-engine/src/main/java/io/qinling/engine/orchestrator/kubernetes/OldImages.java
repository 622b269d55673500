// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.qinling.engine.orchestrator.WorkerProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Images that speak version 1 of the worker protocol. Their pods are as upstream made them: a
 * worker, and a sidecar that fetches the package into a folder which both have.
 *
 * <p>They are less confined than others, since upstream's images start as root and write to their
 * own file system. Left out is the host's cgroup folder, through which upstream's workers limited
 * functions and could do anything to the host; the limits of the pod hold alone.
 *
 * @param images as runtimes have them
 * @param sidecarImage of the container that fetches packages
 */
public record OldImages(Set<String> images, String sidecarImage) {
  private static final String SIDECAR = "sidecar";
  private static final int SIDECAR_PORT = 9091;
  private static final String PACKAGES = "package-folder";

  /** Variables of {@link PoolManifest} that mean nothing to these images. */
  private static final String CURRENT_VARIABLES = "QINLING_WORKER_";

  /** What it takes to become another user after the start, and to write that one's files. */
  private static final List<String> CAPABILITIES =
      List.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID");

  /** What a pod was made for. */
  static WorkerProtocol protocolOf(Pod pod) {
    return pod.getSpec().getContainers().stream()
            .anyMatch(container -> container.getName().equals(SIDECAR))
        ? WorkerProtocol.VERSION_1
        : WorkerProtocol.VERSION_2;
  }

  /** Makes the pods of a pool such that its image can run in them; most can as it is. */
  PodTemplateSpec adapt(PodTemplateSpec pod) {
    var worker = pod.getSpec().getContainers().getFirst();
    if (!images.contains(worker.getImage())) {
      return pod;
    }
    return new PodTemplateSpecBuilder(pod)
        .editSpec()
        .withNewSecurityContext()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withContainers(adapt(worker), sidecar(worker))
        .withVolumes()
        .addNewVolume()
        .withName(PACKAGES)
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .endSpec()
        .build();
  }

  private static Container adapt(Container worker) {
    return new ContainerBuilder(worker)
        .withEnv(environment(worker.getEnv()))
        .withSecurityContext(confinement())
        .withVolumeMounts(packages())
        .build();
  }

  private static List<EnvVar> environment(List<EnvVar> current) {
    var variables = new ArrayList<EnvVar>();
    current.stream()
        .filter(variable -> !variable.getName().startsWith(CURRENT_VARIABLES))
        .forEach(variables::add);
    variables.add(
        new EnvVarBuilder()
            .withName("POD_UID")
            .withNewValueFrom()
            .withNewFieldRef("v1", "metadata.uid")
            .endValueFrom()
            .build());
    variables.add(new EnvVarBuilder().withName("QOS_CLASS").withValue("BestEffort").build());
    return variables;
  }

  /** With the limits of the worker, since clusters may demand some of every container. */
  private Container sidecar(Container worker) {
    return new ContainerBuilder()
        .withName(SIDECAR)
        .withImage(sidecarImage)
        .withImagePullPolicy(worker.getImagePullPolicy())
        .addNewPort()
        .withContainerPort(SIDECAR_PORT)
        .endPort()
        .withResources(worker.getResources())
        .withSecurityContext(confinement())
        .withVolumeMounts(packages())
        .build();
  }

  private static SecurityContext confinement() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .withAdd(CAPABILITIES)
        .endCapabilities()
        .build();
  }

  private static VolumeMount packages() {
    return new VolumeMountBuilder()
        .withName(PACKAGES)
        .withMountPath("/var/qinling/packages")
        .build();
  }
}
