// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

/**
 * How a worker says an execution ended.
 *
 * @param success whether the function returned
 * @param outputJson JSON text of what it returned, or of a message that says why it did not
 * @param durationSeconds how long it ran
 * @param log what it wrote
 */
public record WorkerResult(
    boolean success, String outputJson, double durationSeconds, String log) {}
