// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.qinling.error.QinlingException;
import java.util.concurrent.CompletableFuture;

/** The container of an execution that this engine waits for. Safe for use by any thread. */
final class FollowedContainer {
  /** Why a pod is there no more. */
  static final class GoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GoneException(String message) {
      super(message);
    }
  }

  private final CompletableFuture<Pod> started = new CompletableFuture<>();
  private final CompletableFuture<Pod> ended = new CompletableFuture<>();
  private final String executionId;
  private volatile Pod latest;

  FollowedContainer(String executionId) {
    this.executionId = executionId;
  }

  String executionId() {
    return executionId;
  }

  /**
   * Completes when the container runs, or has run; exceptionally a {@link QinlingException} when it
   * will not, or {@link GoneException}.
   */
  CompletableFuture<Pod> started() {
    return started;
  }

  /** Completes when the container has ended; exceptionally {@link GoneException}. */
  CompletableFuture<Pod> ended() {
    return ended;
  }

  /** The pod as it was told last. */
  Pod latest() {
    return latest;
  }

  void changed(Pod pod) {
    latest = pod;
    if (pod.getStatus() == null) {
      return;
    }
    ContainerWords.startFailure(pod).ifPresent(started::completeExceptionally);
    if (ContainerWords.isOver(pod)) {
      started.complete(pod);
      ended.complete(pod);
    } else if (Labels.isEnding(pod)) {
      gone(ContainerWords.DELETED);
    } else if (ContainerWords.status(pod)
        .filter(status -> status.getState().getRunning() != null)
        .isPresent()) {
      started.complete(pod);
    }
  }

  /** The pod is no more, or will not be. */
  void gone(String why) {
    started.completeExceptionally(new GoneException(why));
    ended.completeExceptionally(new GoneException(why));
  }
}
