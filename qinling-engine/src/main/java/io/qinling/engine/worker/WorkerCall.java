// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import java.time.Duration;
import java.util.Optional;

/**
 * One execution as a worker sees it.
 *
 * @param executionId a UUID
 * @param inputJson JSON text of the input; empty is null
 * @param contextJson JSON text of what the function gets besides; empty is nothing
 * @param timeout after which the worker kills it
 * @param traceParent what the W3C's Trace Context tells a worker, when the execution is part of a
 *     trace
 */
public record WorkerCall(
    String executionId,
    byte[] inputJson,
    byte[] contextJson,
    Duration timeout,
    Optional<String> traceParent) {}
