// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jboss.logging.Logger;

/**
 * Lets pools grow while claims wait, so that a burst gets its workers at the same time, and shrink
 * afterwards.
 */
final class PoolSizes {
  private static final Logger LOG = Logger.getLogger(PoolSizes.class);

  /** A burst comes in pieces; and a change costs the cluster something. */
  private static final Duration AGAIN_AFTER = Duration.ofMillis(300);

  private final ClusterConnection cluster;
  private final KubernetesSettings settings;
  private final IntSupplier claimed;
  private final ExecutorService blocking;
  private final ScheduledExecutorService timer;

  /** Runtimes whose pool is being looked at, or will be in a moment. */
  private final Set<String> due = ConcurrentHashMap.newKeySet();

  /**
   * @param claimed how many workers are claimed, of all runtimes
   */
  PoolSizes(
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

  /** Who waits for a worker of the pool, or what is free of it, has changed. */
  void adjust(KubernetesPool pool) {
    var runtimeId = pool.deployment().getMetadata().getName();
    if (due.add(runtimeId)) {
      blocking.execute(() -> {
        due.remove(runtimeId);
        set(runtimeId, pool);
      });
    }
  }

  private int wanted(KubernetesPool pool) {
    int size = settings.poolSize();
    int waiting = Math.clamp(pool.waiting(), 0, size + settings.burst());
    int room = Math.max(0, settings.maxWorkers() - claimed.getAsInt());
    return Math.min(Math.max(size, waiting), room);
  }

  private void set(String runtimeId, KubernetesPool pool) {
    int wanted = wanted(pool);
    try {
      if (pool.deployment().getSpec().getReplicas() != wanted) {
        var changed =
            cluster
                .client()
                .apps()
                .deployments()
                .inNamespace(settings.namespace())
                .withName(runtimeId)
                .patch(
                    PatchContext.of(PatchType.JSON_MERGE),
                    "{\"spec\": {\"replicas\": " + wanted + "}}");
        pool.changed(changed);
      }
      if (wanted != settings.poolSize() && due.add(runtimeId)) {
        timer.schedule(
            () -> {
              due.remove(runtimeId);
              adjust(pool);
            },
            AGAIN_AFTER.toMillis(),
            TimeUnit.MILLISECONDS);
      }
    } catch (KubernetesClientException failed) {
      LOG.warnf(
          "A pool keeps its size: runtime=%s reason=%s",
          runtimeId, cluster.failures().explain(failed));
    }
  }
}
