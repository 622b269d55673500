// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

/**
 * What a claimed worker must be able to carry.
 *
 * @param functionId what it will serve, for those who look after the orchestrator
 * @param version of the function
 * @param slots executions at a time
 * @param cpuMillis thousandths of a processor for each of them
 * @param memoryBytes memory for each of them
 */
public record WorkerNeeds(
    String functionId, int version, int slots, int cpuMillis, long memoryBytes) {}
