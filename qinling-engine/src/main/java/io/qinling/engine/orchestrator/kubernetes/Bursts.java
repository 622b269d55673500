// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Makes workers besides those of the pool's ReplicaSet while claims wait for more than are
 * starting. A ReplicaSet that was scaled for a burst would replace each of them, only to end the
 * replacements again.
 */
final class Bursts {
  private static final Logger LOG = Logger.getLogger(Bursts.class);

  /** Within it, the replacements of claimed workers have become known. */
  private static final Duration GATHERING = Duration.ofMillis(30);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(500);

  private final ClusterConnection cluster;
  private final KubernetesSettings settings;
  private final IntSupplier claimed;
  private final ExecutorService blocking;
  private final ScheduledExecutorService timer;

  /** Runtimes whose pool will be looked at in a moment. */
  private final Set<String> due = ConcurrentHashMap.newKeySet();

  /**
   * @param claimed how many workers are claimed, of all runtimes
   */
  Bursts(
      ClusterConnection cluster,
      KubernetesSettings settings,
      IntSupplier claimed,
      ExecutorService blocking,
      ScheduledExecutorService timer) {
    this.cluster = cluster;
    this.settings = settings;
    this.claimed = claimed;
    this.blocking = blocking;
    this.timer = timer;
  }

  /** A claim waits for a worker of the pool. */
  void begin(KubernetesPool pool) {
    look(pool, GATHERING);
  }

  private void look(KubernetesPool pool, Duration delay) {
    if (due.add(pool.runtimeId())) {
      timer.schedule(
          () ->
              blocking.execute(() -> {
                due.remove(pool.runtimeId());
                makeWhatLacks(pool);
              }),
          delay.toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  private void makeWhatLacks(KubernetesPool pool) {
    int wanted = pool.wanted();
    if (wanted == 0) {
      return;
    }
    int room = settings.maxWorkers() - claimed.getAsInt();
    int starting = pool.freeCount() - pool.readyCount();
    int lacking = Math.min(Math.min(wanted, settings.burst()), room) - starting;
    IntStream.range(0, lacking).forEach(_ -> blocking.execute(() -> make(pool)));
    look(pool, AGAIN_AFTER);
  }

  private void make(KubernetesPool pool) {
    try {
      var _ =
          cluster
              .client()
              .pods()
              .inNamespace(settings.namespace())
              .resource(PoolManifest.extraWorker(pool.deployment()))
              .create();
    } catch (KubernetesClientException | QinlingException refused) {
      LOG.debugf(
          "No worker beside those of the pool: runtime=%s reason=%s",
          pool.runtimeId(), cluster.failures().explain(refused));
    }
  }
}
