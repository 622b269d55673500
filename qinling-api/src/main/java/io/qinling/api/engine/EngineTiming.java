// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

/**
 * Where the engine spent the time of an execution, in nanoseconds.
 *
 * @param total from the arrival of the call until its answer
 * @param waited until a worker was free
 * @param worker from sending the call to the worker until its answer
 */
public record EngineTiming(long total, long waited, long worker) {}
