// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import java.time.Duration;
import java.util.List;

/**
 * One execution of a container image.
 *
 * @param executionId at most one container each
 * @param functionId what is run, for those who look after the orchestrator
 * @param version of the function
 * @param image its name, as the function's owner wrote it
 * @param arguments for the image's entry point; without any, the image's own ones
 * @param cpuMillis thousandths of a processor
 * @param memoryBytes memory
 * @param timeout longest run, which begins when the container has started
 */
public record ContainerCall(
    String executionId,
    String functionId,
    int version,
    String image,
    List<String> arguments,
    int cpuMillis,
    long memoryBytes,
    Duration timeout) {}
