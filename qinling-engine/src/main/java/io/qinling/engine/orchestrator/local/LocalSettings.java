// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import java.nio.file.Path;
import java.util.Map;

/**
 * How workers are made on this host.
 *
 * @param runtimesDir holds a folder for each runtime
 * @param images which runtime folder serves an image, by the image's name without registry and tag
 * @param workerDir where workers have their folders; every user must be able to enter it
 * @param poolSize free workers that each pool keeps
 * @param maxWorkers workers of all pools together
 * @param uidBase first of the user ids that workers get when the engine runs as root
 * @param slots executions that a worker runs at a time
 */
public record LocalSettings(
    Path runtimesDir,
    Map<String, String> images,
    Path workerDir,
    int poolSize,
    int maxWorkers,
    int uidBase,
    int slots) {
  public LocalSettings {
    images = Map.copyOf(images);
    if (poolSize < 1 || maxWorkers < poolSize) {
      throw new IllegalArgumentException(
          "[local] pool_size must be at least 1 and max_workers not below it: "
              + poolSize
              + ", "
              + maxWorkers);
    }
  }
}
