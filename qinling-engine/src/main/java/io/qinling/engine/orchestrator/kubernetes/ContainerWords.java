// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Says in words for a function's owner what became of the container of an execution. The reasons
 * are those of pkg/kubelet/images, pkg/kubelet/container and pkg/kubelet/eviction of Kubernetes.
 */
final class ContainerWords {
  /** Those that workers know, too. */
  static final String TIMEOUT = "Function execution timeout.";

  static final String CANCELLED = "Function execution cancelled.";
  static final String DELETED = "Function execution failed because its container was deleted.";

  /** The first failure to pull an image may be of the moment, and is not among them. */
  private static final Set<String> PULL_FAILURES =
      Set.of("ImagePullBackOff", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable");

  private static final Set<String> CREATION_FAILURES =
      Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError");

  private static final Set<String> NEVER_RAN =
      Set.of("StartError", "ContainerCannotRun", "ContainerStatusUnknown");

  private ContainerWords() {}

  /** Why the container of a pod will not start, if so it is. */
  static Optional<QinlingException> startFailure(Pod pod) {
    if (Objects.requireNonNullElse(pod.getStatus().getReason(), "").startsWith("OutOf")) {
      // Its node had less room than the scheduler believed.
      return Optional.of(noRoom());
    }
    return waiting(pod)
        .flatMap(ContainerWords::startFailure)
        .or(() ->
            terminated(pod)
                .filter(end -> NEVER_RAN.contains(end.getReason()))
                .map(end -> neverRan(end.getReason(), end.getMessage())))
        .map(reason -> new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, reason));
  }

  private static Optional<String> startFailure(ContainerStateWaiting waiting) {
    var reason = Objects.requireNonNullElse(waiting.getReason(), "");
    if (PULL_FAILURES.contains(reason)) {
      return Optional.of(notPulled(reason));
    }
    if (reason.equals("InvalidImageName")) {
      return Optional.of("The image of the function has no valid name (InvalidImageName).");
    }
    return CREATION_FAILURES.contains(reason)
        ? Optional.of(neverRan(reason, waiting.getMessage()))
        : Optional.empty();
  }

  private static String neverRan(String reason, String message) {
    return "The container of the function cannot be started ("
        + reason
        + (message == null ? ")." : "): " + message.lines().findFirst().orElse(""));
  }

  /** Why a container did not start in time. Until then its node may yet come, or get room. */
  static QinlingException late(Pod pod) {
    boolean unschedulable =
        pod.getStatus().getConditions().stream()
            .anyMatch(condition ->
                "PodScheduled".equals(condition.getType())
                    && "Unschedulable".equals(condition.getReason()));
    if (unschedulable) {
      return noRoom();
    }
    var reason =
        waiting(pod)
            .map(ContainerStateWaiting::getReason)
            .orElseGet(() -> pod.getStatus().getPhase());
    return new QinlingException(
        ErrorCode.ORCHESTRATOR_FAILED,
        "ErrImagePull".equals(reason)
            ? notPulled(reason)
            : "The container of the function did not start in time (" + reason + ").");
  }

  private static String notPulled(String reason) {
    return "The image of the function cannot be pulled (" + reason + ").";
  }

  static QinlingException notAllowed(String image) {
    return new QinlingException(
        ErrorCode.ORCHESTRATOR_FAILED,
        "The operator of this service does not allow the image " + image + ".");
  }

  static QinlingException noRoom() {
    return new QinlingException(
        ErrorCode.OVERLOADED, "The cluster has no room for another container; try again later");
  }

  /** Why a pod that has ended failed; empty when it succeeded. */
  static Optional<String> failure(Pod pod) {
    var reason = Objects.requireNonNullElse(pod.getStatus().getReason(), "");
    return switch (reason) {
      case "DeadlineExceeded" -> Optional.of(TIMEOUT);
      case "Evicted" -> Optional.of(lost("it was evicted from its node", reason));
      case "NodeLost", "NodeShutdown", "Terminated", "Shutdown" ->
          Optional.of(lost("its node went away", reason));
      default ->
          terminated(pod)
              .map(ContainerWords::failure)
              .orElseGet(() -> Optional.of(lost("it ended without a result", reason)));
    };
  }

  private static Optional<String> failure(ContainerStateTerminated end) {
    if ("OOMKilled".equals(end.getReason())) {
      return Optional.of(
          "Function execution failed because of too much resource consumption: it needed more"
              + " memory than it may use (OOMKilled).");
    }
    return end.getExitCode() == 0
        ? Optional.empty()
        : Optional.of("Function execution failed with exit code " + end.getExitCode() + ".");
  }

  private static String lost(String how, String reason) {
    return "Function execution failed because "
        + how
        + (reason.isEmpty() ? "." : " (" + reason + ").");
  }

  /** Whether the container of a pod will not run any more. */
  static boolean isOver(Pod pod) {
    return Labels.isOver(pod) || terminated(pod).isPresent();
  }

  static Optional<ContainerStateTerminated> terminated(Pod pod) {
    return status(pod).map(status -> status.getState().getTerminated());
  }

  private static Optional<ContainerStateWaiting> waiting(Pod pod) {
    return status(pod).map(status -> status.getState().getWaiting());
  }

  static Optional<ContainerStatus> status(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getState() != null)
        .findFirst();
  }
}
