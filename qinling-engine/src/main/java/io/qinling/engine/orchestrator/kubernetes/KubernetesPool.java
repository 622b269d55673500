// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The free workers of one runtime, as this engine knows them, and who waits for one. */
final class KubernetesPool {
  /** A pod that is or becomes a free worker. Those that are ready to be claimed have a worker. */
  private record Free(Pod pod, int start, Optional<Worker> worker) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below: guarded by the lock.
  private final Map<String, Free> free = new HashMap<>();
  private final Deque<Worker> ready = new ArrayDeque<>();
  private Deployment deployment;

  /** By their images, why workers that run cannot be used. */
  private final Map<String, PoolTrouble> unusable = new HashMap<>();

  private int claimants;

  /** Whether a claim was refused for want of room since {@link #wanted} was asked. */
  private boolean starved;

  private boolean closed;

  KubernetesPool(Deployment deployment) {
    this.deployment = deployment;
  }

  String runtimeId() {
    return deployment().getMetadata().getName();
  }

  Deployment deployment() {
    return reading(() -> deployment);
  }

  void changed(Deployment now) {
    changing(() -> {
      deployment = now;
    });
  }

  /** Whether the pod has started anew and is to be introduced. */
  boolean appeared(Pod pod) {
    return deciding(() -> {
      var name = pod.getMetadata().getName();
      int start = start(pod);
      var known = free.get(name);
      boolean isNew =
          isRunning(pod) && (known == null || known.start() != start || !isRunning(known.pod()));
      var worker = isRunning(pod) && !isNew ? known.worker() : Optional.<Worker>empty();
      if (known != null && worker.isEmpty()) {
        known.worker().ifPresent(ready::remove);
      }
      free.put(name, new Free(pod, start, worker));
      return isNew;
    });
  }

  /** Which start of its containers it is, since another one has forgotten all. */
  private static int start(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .mapToInt(ContainerStatus::getRestartCount)
        .sum();
  }

  /** The kubelet tells late that it is ready, so that it is asked itself from here on. */
  private static boolean isRunning(Pod pod) {
    var statuses = pod.getStatus().getContainerStatuses();
    return pod.getStatus().getPodIP() != null
        && !statuses.isEmpty()
        && statuses.stream().allMatch(container -> container.getState().getRunning() != null);
  }

  /** A worker was introduced; false when its pod is gone or taken meanwhile. */
  boolean prepared(Pod pod, Worker worker) {
    return deciding(() -> {
      var known = free.get(worker.name());
      if (known == null || known.start() != start(pod) || known.worker().isPresent()) {
        return false;
      }
      free.put(worker.name(), new Free(known.pod(), known.start(), Optional.of(worker)));
      // Extra ones first, since nothing is started for them in turn.
      if (PoolManifest.isExtra(pod)) {
        ready.addFirst(worker);
      } else {
        ready.add(worker);
      }
      unusable.remove(imageOf(pod));
      return true;
    });
  }

  /**
   * Whether this start of a pod still waits for its introduction, in a pool that is there still.
   */
  boolean isUnprepared(Pod pod) {
    return reading(() -> {
      var known = free.get(pod.getMetadata().getName());
      return !closed && known != null && known.start() == start(pod) && known.worker().isEmpty();
    });
  }

  /** Workers of the pod's image start but cannot be used. */
  void unusable(Pod pod, String reason) {
    changing(() -> {
      unusable.put(imageOf(pod), new PoolTrouble.Broken(reason));
    });
  }

  /** A pod is no free worker any more. */
  void left(String name) {
    changing(() -> {
      var known = free.remove(name);
      if (known != null) {
        known.worker().ifPresent(ready::remove);
      }
    });
  }

  /** Of the pods only these are left. */
  void retain(Set<String> names) {
    changing(() -> {
      free.keySet().retainAll(names);
      ready.removeIf(worker -> !names.contains(worker.name()));
    });
  }

  /** A worker that was taken is free still. */
  void putBack(Worker worker) {
    changing(() -> {
      if (free.containsKey(worker.name()) && !ready.contains(worker)) {
        ready.addFirst(worker);
      }
    });
  }

  int readyCount() {
    return reading(ready::size);
  }

  int freeCount() {
    return reading(free::size);
  }

  /**
   * Claimants for whom there is no worker yet. One that was refused for want of room counts once:
   * there may be room by now, which the cluster itself finds out late.
   */
  int wanted() {
    return reading(() -> {
      int refused = starved ? 1 : 0;
      starved = false;
      return Math.max(0, Math.max(claimants, refused) - ready.size());
    });
  }

  /** Extra workers that are not needed any more: there are more free ones than that. */
  List<String> surplus(int size) {
    return reading(() ->
        claimants > 0
            ? List.of()
            : free.values().stream()
                .map(Free::pod)
                .filter(PoolManifest::isExtra)
                .map(pod -> pod.getMetadata().getName())
                .limit(Math.max(0, free.size() - size))
                .toList());
  }

  /** Extra workers that are free. */
  List<String> extra() {
    return reading(() ->
        free.values().stream()
            .map(Free::pod)
            .filter(PoolManifest::isExtra)
            .map(pod -> pod.getMetadata().getName())
            .toList());
  }

  /** Whether all free workers are of an image and ready, and there are so many. */
  boolean isFull(int size, String image) {
    return reading(() ->
        ready.size() >= size
            && free.values().stream().allMatch(worker -> imageOf(worker.pod()).equals(image)));
  }

  /** Why no worker of an image becomes ready, if so it is. */
  Optional<PoolTrouble> trouble(String image) {
    return reading(() -> {
      var ofImage = free.values().stream().filter(one -> imageOf(one.pod()).equals(image)).toList();
      if (ofImage.stream().anyMatch(one -> one.worker().isPresent())) {
        return Optional.<PoolTrouble>empty();
      }
      List<Pod> starting = ofImage.stream().map(Free::pod).toList();
      return PoolTrouble.of(deployment, starting)
          .or(() -> Optional.ofNullable(unusable.get(image)));
    });
  }

  private static String imageOf(Pod pod) {
    return pod.getSpec().getContainers().getFirst().getImage();
  }

  /**
   * Takes a worker that is ready, or waits for one.
   *
   * @param whenWaiting called once when there is none at once; must not block
   * @throws QinlingException OVERLOADED when none can start or none has in time,
   *     ORCHESTRATOR_FAILED when workers of this kind do not start
   */
  Worker take(Duration patience, Runnable whenWaiting) {
    lock.lock();
    try {
      claimants++;
      if (ready.isEmpty()) {
        whenWaiting.run();
      }
      long left = patience.toNanos();
      while (ready.isEmpty() && !closed && left > 0) {
        var trouble = trouble(PoolManifest.poolOf(deployment).image());
        if (trouble.isPresent()) {
          starved = trouble.get() instanceof PoolTrouble.NoRoom;
          throw failure(trouble.get());
        }
        left = changed.awaitNanos(left);
      }
      if (ready.isEmpty()) {
        throw new QinlingException(
            ErrorCode.OVERLOADED,
            closed ? "The runtime is deleted" : "No worker has started in time; try again later");
      }
      return ready.poll();
    } catch (InterruptedException stopping) {
      throw stopping(stopping);
    } finally {
      claimants--;
      changed.signalAll();
      lock.unlock();
    }
  }

  static QinlingException failure(PoolTrouble trouble) {
    return switch (trouble) {
      case PoolTrouble.NoRoom _ ->
          new QinlingException(
              ErrorCode.OVERLOADED, "All workers of the runtime are busy; try again later");
      case PoolTrouble.Broken broken ->
          new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, broken.reason());
    };
  }

  /** Waits until something holds of the pool, which is asked whenever the pool has changed. */
  boolean await(BooleanSupplier condition, Duration patience) {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (!condition.getAsBoolean()) {
        if (left <= 0 || closed) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException stopping) {
      throw stopping(stopping);
    } finally {
      lock.unlock();
    }
  }

  private static QinlingException stopping(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new QinlingException(ErrorCode.UNAVAILABLE, "The engine is stopping", cause);
  }

  /** Who waits for a worker waits no longer, and none is prepared any more. */
  void close() {
    changing(() -> {
      closed = true;
    });
  }

  private <A> A reading(Supplier<A> question) {
    lock.lock();
    try {
      return question.get();
    } finally {
      lock.unlock();
    }
  }

  private void changing(Runnable change) {
    deciding(() -> {
      change.run();
      return true;
    });
  }

  private boolean deciding(BooleanSupplier change) {
    lock.lock();
    try {
      return change.getAsBoolean();
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }
}
