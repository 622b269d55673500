// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.qinling.engine.orchestrator.ContainerCall;
import io.qinling.engine.orchestrator.ContainerEnd;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.orchestrator.kubernetes.FollowedContainer.GoneException;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Runs each execution of a function of source image in a pod. Its name is made of the execution's
 * id, so that the API server admits one only, whichever engines are asked for it and die meanwhile.
 */
final class KubernetesContainers implements ContainerRunner {
  private static final Logger LOG = Logger.getLogger(KubernetesContainers.class);

  /** An engine that is asked for the execution of a dead one asks well within this time. */
  private static final Duration KEPT = Duration.ofMinutes(5);

  /** What the end of a container may take on its way: the kubelet looks once a second. */
  private static final Duration LATENESS = Duration.ofSeconds(3);

  private final ConcurrentMap<String, FollowedContainer> followed = new ConcurrentHashMap<>();
  private final ClusterConnection cluster;
  private final KubernetesSettings settings;
  private final ContainerManifest manifest;
  private final Runnable requireRoom;
  private final ExecutorService blocking;

  /**
   * @param requireRoom throws OVERLOADED when there is no room for another pod
   */
  KubernetesContainers(
      ClusterConnection cluster,
      KubernetesSettings settings,
      Runnable requireRoom,
      ExecutorService blocking) {
    this.cluster = cluster;
    this.settings = settings;
    this.manifest = new ContainerManifest(settings.template(), settings.containerStartPatience());
    this.requireRoom = requireRoom;
    this.blocking = blocking;
  }

  /** Containers that hold room in the cluster, of all engines. */
  int count() {
    return (int)
        cluster.pods().stream()
            .filter(Labels::isContainer)
            .filter(pod -> !ContainerWords.isOver(pod) && !Labels.isEnding(pod))
            .count();
  }

  @Override
  public ContainerEnd run(ContainerCall call) {
    var name = ContainerManifest.name(call);
    var container = new FollowedContainer(call.executionId());
    if (followed.putIfAbsent(name, container) != null) {
      throw new QinlingException(ErrorCode.CONFLICT, "The execution runs already");
    }
    try {
      container.changed(open(name, call));
      return runToEnd(container, call, name);
    } catch (KubernetesClientException failed) {
      throw cluster.failures().translate(failed);
    } finally {
      followed.remove(name);
    }
  }

  private ContainerEnd runToEnd(FollowedContainer container, ContainerCall call, String name) {
    try {
      return run(container, call, resource(name));
    } catch (GoneException beforeItsStart) {
      return new ContainerEnd(Optional.of(beforeItsStart.getMessage()), "", Duration.ZERO);
    } finally {
      // An engine that stops leaves it to the one that is asked next.
      if (!Thread.currentThread().isInterrupted()) {
        delete(name);
      }
    }
  }

  private ContainerEnd run(FollowedContainer container, ContainerCall call, PodResource pod) {
    if (!isDone(container.started(), settings.containerStartPatience())) {
      throw ContainerWords.late(container.latest());
    }
    var log = new ContainerLog(pod, settings.maxLogBytes(), blocking);
    try {
      if (isDone(container.ended(), call.timeout()) || hasEndedInTime(container, call, pod)) {
        var end = container.ended().join();
        return new ContainerEnd(ContainerWords.failure(end), log.text(), duration(end));
      }
      return failed(ContainerWords.TIMEOUT, log, call.timeout());
    } catch (GoneException gone) {
      return failed(gone.getMessage(), log, Duration.ZERO);
    }
  }

  /** Whether a container ended within its time that nobody has told of. */
  private boolean hasEndedInTime(FollowedContainer container, ContainerCall call, PodResource pod) {
    return (isDone(container.ended(), LATENESS) || hasEnded(container, pod))
        && duration(container.ended().join()).compareTo(call.timeout()) <= 0;
  }

  /** Asks, since the cluster may not have told it. */
  private boolean hasEnded(FollowedContainer container, PodResource pod) {
    try {
      Optional.ofNullable(pod.get()).ifPresent(container::changed);
    } catch (KubernetesClientException | QinlingException away) {
      LOG.warnf(
          "Whether a container has ended in time is not known: reason=%s",
          cluster.failures().explain(away));
    }
    return isDone(container.ended(), Duration.ZERO);
  }

  private static ContainerEnd failed(String why, ContainerLog log, Duration duration) {
    return new ContainerEnd(Optional.of(why), log.textSoFar(), duration);
  }

  /**
   * @throws GoneException when the pod is there no more
   * @throws QinlingException when the container does not start, or the engine stops
   */
  private static boolean isDone(CompletableFuture<Pod> future, Duration patience) {
    try {
      var _ = future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case GoneException gone -> throw gone;
        case QinlingException reason -> throw reason;
        default -> throw new IllegalStateException(failed.getCause());
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new QinlingException(ErrorCode.UNAVAILABLE, "The engine is stopping", stopping);
    }
  }

  private static Duration duration(Pod ended) {
    return ContainerWords.terminated(ended)
        .filter(end -> end.getStartedAt() != null && end.getFinishedAt() != null)
        .map(end ->
            Duration.between(Instant.parse(end.getStartedAt()), Instant.parse(end.getFinishedAt())))
        .orElse(Duration.ZERO);
  }

  /** Makes the pod of an execution, or finds the one that another engine has made. */
  private Pod open(String name, ContainerCall call) {
    if (!settings.allowedImages().admit(call.image())) {
      throw ContainerWords.notAllowed(call.image());
    }
    requireRoom.run();
    try {
      return pods().resource(manifest.pod(call)).create();
    } catch (KubernetesClientException failed) {
      if (ClusterFailures.isQuotaUsedUp(failed)) {
        throw ContainerWords.noRoom();
      }
      if (!ClusterFailures.isConflict(failed)) {
        throw failed;
      }
      return Optional.ofNullable(resource(name).get())
          .filter(pod -> ContainerManifest.isFor(pod, call))
          .orElseThrow(() -> failed);
    }
  }

  private NonNamespaceOperation<Pod, PodList, PodResource> pods() {
    return cluster.client().pods().inNamespace(settings.namespace());
  }

  private PodResource resource(String name) {
    return pods().withName(name);
  }

  private void delete(String name) {
    try {
      resource(name).delete();
    } catch (KubernetesClientException | QinlingException failed) {
      LOG.warnf(
          "A container stays for a while: pod=%s reason=%s",
          name, cluster.failures().explain(failed));
    }
  }

  @Override
  public void stop(String executionId) {
    followed.values().stream()
        .filter(container -> container.executionId().equals(executionId))
        .forEach(container -> container.gone(ContainerWords.CANCELLED));
  }

  void changed(Pod pod) {
    follower(pod).ifPresent(container -> container.changed(pod));
  }

  void gone(Pod pod) {
    follower(pod).ifPresent(container -> container.gone(ContainerWords.DELETED));
  }

  private Optional<FollowedContainer> follower(Pod pod) {
    return Optional.ofNullable(followed.get(pod.getMetadata().getName()));
  }

  /** Of the pods only these are left, and those that were made since they were listed. */
  void retain(Set<String> names) {
    followed.forEach((name, container) -> {
      if (!names.contains(name)) {
        blocking.execute(() -> ask(name, container));
      }
    });
  }

  private void ask(String name, FollowedContainer container) {
    try {
      if (resource(name).get() == null) {
        container.gone(ContainerWords.DELETED);
      }
    } catch (KubernetesClientException | QinlingException away) {
      LOG.debugf("Whether a container is there still is not known: pod=%s", name);
    }
  }

  /** Ends what engines left that died: what is over, and what would begin when nobody waits. */
  void sweep(Instant now) {
    cluster.pods().stream()
        .filter(pod -> Labels.isContainer(pod) && !Labels.isEnding(pod))
        .filter(pod -> follower(pod).isEmpty() && isLeft(pod, now))
        .forEach(pod -> delete(pod.getMetadata().getName()));
  }

  private boolean isLeft(Pod pod, Instant now) {
    if (ContainerWords.isOver(pod)) {
      return finished(pod).plus(KEPT).isBefore(now);
    }
    // The second patience is that of an engine which has taken it over from a dead one.
    return "Pending".equals(pod.getStatus().getPhase())
        && created(pod)
            .plus(settings.containerStartPatience().multipliedBy(2))
            .plus(KEPT)
            .isBefore(now);
  }

  private static Instant finished(Pod pod) {
    return ContainerWords.terminated(pod)
        .map(ContainerStateTerminated::getFinishedAt)
        .map(Instant::parse)
        .orElseGet(() -> created(pod));
  }

  private static Instant created(Pod pod) {
    return Instant.parse(pod.getMetadata().getCreationTimestamp());
  }
}
