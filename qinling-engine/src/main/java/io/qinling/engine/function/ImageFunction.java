// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.function;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * A function that is a container image, of which each execution has a container of its own.
 *
 * @param key which function version
 * @param projectId project that owns the function; empty when there are no projects
 * @param image its name, as its owner wrote it
 * @param cpuMillis thousandths of a processor for one execution, positive
 * @param memoryBytes memory for one execution, positive
 * @param timeout longest run of one execution, positive
 */
public record ImageFunction(
    FunctionKey key,
    String projectId,
    String image,
    int cpuMillis,
    long memoryBytes,
    Duration timeout)
    implements Executable {
  public ImageFunction {
    requireNonNull(key, "key");
    requireNonNull(projectId, "projectId");
    if (image.isEmpty()) {
      throw new IllegalArgumentException("The function's image is empty");
    }
    FunctionVersion.requirePositive("cpu", cpuMillis);
    FunctionVersion.requirePositive("memory", memoryBytes);
    FunctionVersion.requirePositive("timeout", timeout.toMillis());
  }
}
