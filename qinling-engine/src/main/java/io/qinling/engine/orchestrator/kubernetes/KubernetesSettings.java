// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import java.time.Duration;

/**
 * How the engine uses a cluster.
 *
 * @param host URL of the API server
 * @param poolSize free workers that each runtime keeps ready
 * @param burst most workers beyond {@code poolSize} that start while executions wait
 * @param maxWorkers claimed workers of all runtimes together
 * @param startPatience how long the workers of a new pool or image may take
 * @param containerStartPatience how long the container of an execution may take until it runs
 * @param maxLogBytes longest log of such a container; what is beyond is cut
 */
public record KubernetesSettings(
    String host,
    String namespace,
    int poolSize,
    int burst,
    int maxWorkers,
    WorkerAccess access,
    Duration startPatience,
    Duration containerStartPatience,
    int maxLogBytes,
    WorkerTemplate template) {
  public KubernetesSettings {
    requirePositive(poolSize, "replicas");
    requirePositive(maxWorkers, "max_workers");
    if (burst < 0) {
      throw new IllegalArgumentException("[kubernetes] burst is " + burst + ", less than 0");
    }
  }

  private static void requirePositive(int value, String option) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "[kubernetes] " + option + " is " + value + ", less than 1");
    }
  }
}
