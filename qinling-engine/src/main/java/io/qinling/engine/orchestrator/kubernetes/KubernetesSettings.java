// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import java.time.Duration;
import java.util.Map;

/**
 * How the engine uses a cluster.
 *
 * @param host URL of the API server
 * @param burst most workers beyond the pool's size that start while executions wait
 * @param maxWorkers claimed workers of all runtimes together
 * @param startPatience how long the workers of a new pool or image may take
 * @param containerStartPatience how long the container of an execution may take until it runs
 * @param allowedImages those that run as functions, each execution in a container of its own
 * @param maxLogBytes longest log of such a container; what is beyond is cut
 * @param template workers of all runtimes but those of {@code templatesByImage}
 */
public record KubernetesSettings(
    String host,
    String namespace,
    int burst,
    int maxWorkers,
    WorkerAccess access,
    Duration startPatience,
    Duration containerStartPatience,
    AllowedImages allowedImages,
    int maxLogBytes,
    WorkerTemplate template,
    Map<String, WorkerTemplate> templatesByImage) {
  public KubernetesSettings {
    if (maxWorkers < 1) {
      throw new IllegalArgumentException(
          "[kubernetes] max_workers is " + maxWorkers + ", less than 1");
    }
    if (burst < 0) {
      throw new IllegalArgumentException("[kubernetes] burst is " + burst + ", less than 0");
    }
  }

  /** For workers of a runtime with that image. */
  WorkerTemplate template(String image) {
    return templatesByImage.getOrDefault(image, template);
  }
}
