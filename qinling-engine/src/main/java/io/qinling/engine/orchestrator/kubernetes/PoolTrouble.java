// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Why no free worker comes up, in words. */
sealed interface PoolTrouble {
  String reason();

  /** The cluster has no room; that may change by itself. */
  record NoRoom(String reason) implements PoolTrouble {}

  /** Workers of this kind do not start. */
  record Broken(String reason) implements PoolTrouble {}

  /** As a kubelet names them; see pkg/kubelet/images and pkg/kubelet/container of Kubernetes. */
  Set<String> HOPELESS =
      Set.of(
          "ImagePullBackOff",
          "ErrImageNeverPull",
          "InvalidImageName",
          "ImageInspectError",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError",
          "CrashLoopBackOff");

  /**
   * What the cluster says.
   *
   * @param starting workers of the pool that are to become free; none of them is free yet
   */
  static Optional<PoolTrouble> of(Deployment pool, List<Pod> starting) {
    var found = starting.stream().map(PoolTrouble::of).toList();
    if (!found.isEmpty() && found.stream().allMatch(Optional::isPresent)) {
      return found.getFirst();
    }
    return starting.isEmpty() ? refused(pool) : Optional.empty();
  }

  private static Optional<PoolTrouble> of(Pod pod) {
    var status = pod.getStatus();
    var unschedulable =
        status.getConditions().stream()
            .filter(condition ->
                condition.getType().equals("PodScheduled")
                    && "Unschedulable".equals(condition.getReason()))
            .findFirst();
    if (unschedulable.isPresent()) {
      return Optional.of(
          new NoRoom("No node takes another worker: " + unschedulable.get().getMessage()));
    }
    return status.getContainerStatuses().stream()
        .map(PoolTrouble::broken)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<PoolTrouble> broken(ContainerStatus container) {
    var waiting = container.getState() == null ? null : container.getState().getWaiting();
    if (waiting == null || !HOPELESS.contains(waiting.getReason())) {
      return Optional.empty();
    }
    var ended = container.getLastState() == null ? null : container.getLastState().getTerminated();
    var message =
        ended != null
            ? "it ended with exit code " + ended.getExitCode() + " (" + ended.getReason() + ")"
            : waiting.getMessage();
    return Optional.of(
        new Broken(
            "Workers of image "
                + container.getImage()
                + " do not start, "
                + waiting.getReason()
                + (message == null ? "" : ": " + message)));
  }

  /** A quota is exceeded, or an admission controller forbids the pods. */
  private static Optional<PoolTrouble> refused(Deployment pool) {
    var status = pool.getStatus();
    if (status == null) {
      return Optional.empty();
    }
    return status.getConditions().stream()
        .filter(condition ->
            condition.getType().equals("ReplicaFailure") && condition.getStatus().equals("True"))
        .findFirst()
        .map(condition ->
            condition.getMessage().contains("exceeded quota")
                ? new NoRoom("A quota is used up: " + condition.getMessage())
                : new Broken("The cluster does not admit workers: " + condition.getMessage()));
  }
}
