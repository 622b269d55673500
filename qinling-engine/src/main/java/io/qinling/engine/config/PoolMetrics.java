// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import io.qinling.engine.orchestrator.Orchestrator;
import java.util.List;

/**
 * The sizes of the pools, asked of the orchestrator whenever metrics are read, since pools come and
 * go.
 */
final class PoolMetrics extends Collector {
  private final Orchestrator orchestrator;

  PoolMetrics(Orchestrator orchestrator) {
    this.orchestrator = orchestrator;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var workers =
        new GaugeMetricFamily(
            "qinling_pool_workers",
            "Workers of each runtime, free or taken",
            List.of("runtime", "state"));
    for (var runtime : orchestrator.runtimes()) {
      orchestrator
          .describePool(runtime)
          .ifPresent(pool -> {
            workers.addMetric(List.of(runtime, "free"), pool.available());
            workers.addMetric(List.of(runtime, "taken"), pool.total() - pool.available());
          });
    }
    return List.of(workers);
  }
}
