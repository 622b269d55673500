// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.qinling.engine.orchestrator.ClaimedWorker;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.PoolStatus;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Workers as pods. What all engines of a namespace do there they do alike. */
public final class KubernetesOrchestrator implements Orchestrator {
  private static final Logger LOG = Logger.getLogger(KubernetesOrchestrator.class);

  private static final Duration UPKEEP = Duration.ofSeconds(10);

  private final ConcurrentMap<String, KubernetesPool> pools = new ConcurrentHashMap<>();
  private final Set<String> claimed = ConcurrentHashMap.newKeySet();
  private final List<Runnable> whenRoom = new CopyOnWriteArrayList<>();
  private final KubernetesSettings settings;
  private final PoolManifest manifest;
  private final WorkerSecrets secrets;
  private final ClusterConnection cluster;
  private final WorkerIntroduction introduction;
  private final WorkerPreparation preparation;
  private final Bursts bursts;
  private final WorkerIsolation isolation;
  private final PoolUpdates updates;
  private final WorkerSize size;
  private final KubernetesContainers containers;
  private final ExecutorService blocking;
  private final ScheduledFuture<?> upkeep;

  /**
   * Connects to the cluster, which need not be there yet.
   *
   * @param engineSecret what all engines know, from which the secrets of workers follow
   * @param blocking runs what blocks
   */
  public KubernetesOrchestrator(
      KubernetesSettings settings,
      TlsMaterial tls,
      HttpClient.Factory http,
      String engineSecret,
      ExecutorService blocking,
      ScheduledExecutorService timer) {
    this.settings = settings;
    this.blocking = blocking;
    this.manifest = new PoolManifest(settings::template);
    this.secrets = new WorkerSecrets(engineSecret);
    this.introduction = new WorkerIntroduction();
    this.cluster = new ClusterConnection(settings, tls, http, new Events(), blocking, timer);
    var addresses =
        new WorkerAddresses(
            cluster, settings.namespace(), settings.access(), introduction::isReached);
    this.preparation =
        new WorkerPreparation(
            addresses, introduction, secrets, cluster.failures(), this::roomCameUp, blocking);
    this.containers = new KubernetesContainers(cluster, settings, this::requireRoom, blocking);
    this.bursts = new Bursts(cluster, settings, this::busy, blocking, timer);
    this.isolation = new WorkerIsolation(cluster, settings, manifest, blocking);
    this.updates = new PoolUpdates(cluster, settings, manifest, secrets, blocking);
    this.size = new WorkerSize(cluster::client, settings.namespace(), blocking);
    this.upkeep =
        timer.scheduleWithFixedDelay(
            () -> blocking.execute(this::tidy),
            UPKEEP.toMillis(),
            UPKEEP.toMillis(),
            TimeUnit.MILLISECONDS);
    cluster.start();
  }

  /** Follows the cluster. */
  private final class Events implements ClusterConnection.Watcher {
    @Override
    public void changed(Deployment pool) {
      if (Labels.isEnding(pool)) {
        gone(pool);
        return;
      }
      boolean isNew = !pools.containsKey(pool.getMetadata().getName());
      poolOf(pool).changed(pool);
      if (isNew) {
        // Its pods may have been told before it.
        cluster.pods().stream()
            .filter(pod -> Labels.of(pod, Labels.RUNTIME).equals(pool.getMetadata().getName()))
            .forEach(this::changed);
      }
    }

    @Override
    public void gone(Deployment pool) {
      closePool(pool.getMetadata().getName());
    }

    @Override
    public void changed(Pod pod) {
      if (Labels.isContainer(pod)) {
        containers.changed(pod);
        return;
      }
      var name = pod.getMetadata().getName();
      var pool = Optional.ofNullable(pools.get(Labels.of(pod, Labels.RUNTIME)));
      if (Labels.isFree(pod)) {
        pool.filter(its -> its.appeared(pod)).ifPresent(its -> preparation.begin(its, pod));
        return;
      }
      pool.ifPresent(its -> its.left(name));
      if (Labels.isClaimed(pod) && !Labels.isLost(pod)) {
        claimed.add(name);
      } else {
        ended(name);
      }
    }

    @Override
    public void gone(Pod pod) {
      if (Labels.isContainer(pod)) {
        containers.gone(pod);
        roomCameUp();
        return;
      }
      var name = pod.getMetadata().getName();
      Optional.ofNullable(pools.get(Labels.of(pod, Labels.RUNTIME)))
          .ifPresent(pool -> pool.left(name));
      ended(name);
    }

    private void ended(String name) {
      if (claimed.remove(name)) {
        roomCameUp();
      }
    }

    @Override
    public void listed() {
      var names =
          cluster.pods().stream()
              .map(pod -> pod.getMetadata().getName())
              .collect(Collectors.toSet());
      var runtimes =
          cluster.pools().stream()
              .map(pool -> pool.getMetadata().getName())
              .collect(Collectors.toSet());
      claimed.retainAll(names);
      pools.keySet().stream()
          .filter(name -> !runtimes.contains(name))
          .forEach(name -> blocking.execute(() -> closeIfGone(name)));
      pools.values().forEach(pool -> pool.retain(names));
      containers.retain(names);
      roomCameUp();
    }
  }

  private KubernetesPool poolOf(Deployment deployment) {
    return pools.computeIfAbsent(
        deployment.getMetadata().getName(),
        _ -> {
          isolation.ensure(deployment);
          updates.align(deployment);
          return new KubernetesPool(deployment);
        });
  }

  private void roomCameUp() {
    whenRoom.forEach(Runnable::run);
  }

  @Override
  public void onRoom(Runnable action) {
    whenRoom.add(action);
  }

  @Override
  public void createPool(Pool wanted) {
    var opened = open(wanted);
    if (!imageOf(opened.pool()).equals(wanted.image())) {
      return; // It is being updated, which somebody else waits for.
    }
    try {
      awaitFull(opened.pool(), wanted.image());
    } catch (QinlingException failed) {
      if (opened.isNew() && !isStopping()) {
        deletePool(wanted.runtimeId());
      }
      throw failed;
    }
  }

  /** What is not done yet is left to the engine that is asked next. */
  private boolean isStopping() {
    return upkeep.isCancelled();
  }

  private static String imageOf(KubernetesPool pool) {
    return PoolManifest.poolOf(pool.deployment()).image();
  }

  /**
   * A pool that is there.
   *
   * @param isNew whether it was made just now; others may have workers that are in use
   */
  private record Opened(KubernetesPool pool, boolean isNew) {}

  private Opened open(Pool wanted) {
    var known = pools.get(wanted.runtimeId());
    if (known != null) {
      return new Opened(known, false);
    }
    return asking(() -> {
      var deployments = cluster.client().apps().deployments().inNamespace(settings.namespace());
      try {
        var made = deployments.resource(manifest.deployment(wanted, secrets.forPool())).create();
        return new Opened(poolOf(made), true);
      } catch (KubernetesClientException failed) {
        if (!ClusterFailures.isConflict(failed)) {
          throw failed;
        }
        // Another engine was first.
        return Optional.ofNullable(deployments.withName(wanted.runtimeId()).get())
            .map(theirs -> new Opened(poolOf(theirs), false))
            .orElseThrow(() -> failed);
      }
    });
  }

  /** Waits until all free workers are of the image; fewer than wanted do when the time is over. */
  private void awaitFull(KubernetesPool pool, String image) {
    pool.await(
        () -> pool.isFull(manifest.poolSize(image), image) || pool.trouble(image).isPresent(),
        settings.startPatience());
    if (pool.isFull(1, image)) {
      return;
    }
    if (isStopping()) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "The engine is stopping");
    }
    throw pool.trouble(image)
        .map(trouble -> new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, trouble.reason()))
        .orElseGet(() ->
            new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, "No worker became ready in time"));
  }

  @Override
  public void updatePool(String runtimeId, String image) {
    var pool =
        Optional.ofNullable(pools.get(runtimeId))
            .orElseThrow(() -> new QinlingException(ErrorCode.NOT_FOUND, "Runtime not found"));
    end(pool.extra());
    var before = pool.deployment();
    var old = PoolManifest.poolOf(before);
    update(pool, manifest.deployment(old.withImage(image), secrets.forPool()));
    try {
      awaitFull(pool, image);
    } catch (QinlingException failed) {
      if (isStopping()) {
        throw failed;
      }
      update(pool, before);
      pool.await(
          () ->
              pool.isFull(manifest.poolSize(old.image()), old.image())
                  && pool.freeCount() == pool.readyCount(),
          settings.startPatience());
      throw failed;
    }
  }

  private void end(List<String> workers) {
    workers.forEach(name ->
        asking(() ->
            cluster.client().pods().inNamespace(settings.namespace()).withName(name).delete()));
  }

  /**
   * A burst may have left more workers than it took, a node that had no room for them their pods, a
   * dead engine its containers, and a cluster that was away pools that are open to others.
   */
  private void tidy() {
    isolation.ensureAgain(Instant.now());
    try {
      pools.values().forEach(pool -> end(pool.surplus(pool.deployment().getSpec().getReplicas())));
      end(over());
      containers.sweep(Instant.now());
    } catch (QinlingException away) {
      LOG.debugf("Pods that nobody needs stay for now: reason=%s", away.getMessage());
    }
  }

  private List<String> over() {
    return cluster.pods().stream()
        .filter(pod -> !Labels.of(pod, Labels.WORKER).isEmpty() && Labels.isOver(pod))
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  private void update(KubernetesPool pool, Deployment by) {
    pool.changed(asking(() -> updates.apply(by)));
  }

  @Override
  public void deletePool(String runtimeId) {
    asking(() -> {
      var client = cluster.client();
      client.apps().deployments().inNamespace(settings.namespace()).withName(runtimeId).delete();
      client
          .pods()
          .inNamespace(settings.namespace())
          .withLabels(Labels.pool(runtimeId))
          .withLabel(Labels.WORKER, Labels.CLAIMED)
          .delete();
      return true;
    });
    closePool(runtimeId);
  }

  /** One that was made since they were listed is there. */
  private void closeIfGone(String runtimeId) {
    try {
      var deployments = cluster.client().apps().deployments().inNamespace(settings.namespace());
      if (deployments.withName(runtimeId).get() == null) {
        closePool(runtimeId);
      }
    } catch (KubernetesClientException | QinlingException away) {
      LOG.debugf("Whether a pool is there still is not known: runtime=%s", runtimeId);
    }
  }

  private void closePool(String runtimeId) {
    isolation.forget(runtimeId);
    Optional.ofNullable(pools.remove(runtimeId)).ifPresent(KubernetesPool::close);
  }

  @Override
  public Set<String> runtimes() {
    return Set.copyOf(pools.keySet());
  }

  @Override
  public Optional<PoolStatus> describePool(String runtimeId) {
    return Optional.ofNullable(pools.get(runtimeId))
        .map(pool -> {
          int taken =
              Math.toIntExact(
                  cluster.pods().stream()
                      .filter(pod ->
                          Labels.of(pod, Labels.RUNTIME).equals(runtimeId)
                              && Labels.isClaimed(pod)
                              && !Labels.isLost(pod))
                      .count());
          int available = Math.clamp(settings.maxWorkers() - busy(), 0, pool.readyCount());
          return new PoolStatus(
              PoolManifest.poolOf(pool.deployment()).image(),
              taken + pool.freeCount(),
              available,
              taken);
        });
  }

  @Override
  public Worker claim(Pool wanted, WorkerNeeds needs, Predicate<Worker> take, Duration patience) {
    var pool = open(wanted).pool();
    long giveUpAt = System.nanoTime() + patience.toNanos();
    while (true) {
      requireRoom();
      var left = Duration.ofNanos(giveUpAt - System.nanoTime());
      var worker = pool.take(left, () -> bursts.begin(pool));
      if (mark(pool, worker, needs)) {
        if (take.test(worker)) {
          size.fit(worker, needs, settings.template(wanted.image()).limits());
          return worker;
        }
        release(worker);
      }
    }
  }

  /** What counts as {@code max_workers}. */
  private int busy() {
    return claimed.size() + containers.count();
  }

  private void requireRoom() {
    if (busy() >= settings.maxWorkers()) {
      throw new QinlingException(
          ErrorCode.OVERLOADED, "All workers of the cluster are busy; try again later");
    }
  }

  /**
   * Claims a free worker: the one request that decides whose it is.
   *
   * @return false when somebody else was first, or it ends
   */
  private boolean mark(KubernetesPool pool, Worker worker, WorkerNeeds needs) {
    boolean isNew = claimed.add(worker.name());
    try {
      var now =
          cluster
              .client()
              .pods()
              .inNamespace(settings.namespace())
              .resource(named(worker.name()))
              .patch(PatchContext.of(PatchType.JSON), ClaimPatch.of(pool.deployment(), needs));
      pool.left(worker.name());
      if (now != null && !Labels.isLost(now)) {
        return true;
      }
    } catch (KubernetesClientException failed) {
      if (!ClusterFailures.isFailedTest(failed) && !ClusterFailures.isNotFound(failed)) {
        forget(worker, isNew);
        pool.putBack(worker);
        throw cluster.failures().translate(failed);
      }
    }
    forget(worker, isNew);
    pool.left(worker.name());
    return false;
  }

  /** As a resource to patch: with only its name given, the client would first read it. */
  private static Pod named(String pod) {
    return new PodBuilder().withNewMetadata().withName(pod).endMetadata().build();
  }

  /** A worker is not claimed by this claim; it stays counted if it is by another. */
  private void forget(Worker worker, boolean isNew) {
    if (isNew) {
      claimed.remove(worker.name());
    }
  }

  @Override
  public void relieve(Worker worker) {
    // A pod has its processors to itself, or shares them as the operator wants.
  }

  @Override
  public boolean sharesWorkers() {
    return true;
  }

  @Override
  public List<ClaimedWorker> claimed() {
    return cluster.pods().stream()
        .filter(pod -> Labels.isClaimed(pod) && !Labels.isLost(pod))
        // Anybody may have labelled a pod like ours.
        .filter(pod -> Labels.of(pod, Labels.VERSION).matches("[0-9]{1,9}"))
        .map(pod ->
            new ClaimedWorker(
                pod.getMetadata().getName(),
                Labels.of(pod, Labels.FUNCTION),
                Integer.parseInt(Labels.of(pod, Labels.VERSION))))
        .toList();
  }

  @Override
  public Optional<Worker> find(String worker) {
    return cluster
        .pod(worker)
        .filter(pod -> Labels.isClaimed(pod) && !Labels.isLost(pod))
        .map(pod -> asking(() -> preparation.worker(pod)));
  }

  @Override
  public void release(Worker worker) {
    try {
      cluster.client().pods().inNamespace(settings.namespace()).withName(worker.name()).delete();
    } catch (KubernetesClientException failed) {
      LOG.warnf(
          "A worker could not be ended: worker=%s reason=%s",
          worker, cluster.failures().explain(failed));
    }
  }

  @Override
  public Optional<ContainerRunner> containers() {
    return Optional.of(containers);
  }

  private <A> A asking(Supplier<A> question) {
    try {
      return question.get();
    } catch (KubernetesClientException failed) {
      throw cluster.failures().translate(failed);
    }
  }

  @Override
  public Optional<String> trouble() {
    return cluster.trouble();
  }

  /** Workers stay, for the engine that comes next. */
  @Override
  public void close() {
    upkeep.cancel(false);
    preparation.close();
    pools.values().forEach(KubernetesPool::close);
    cluster.close();
    introduction.close();
  }
}
