// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import java.time.Duration;

/**
 * A request to run a function once.
 *
 * @param executionId id of the execution's record
 * @param function what to run
 * @param inputJson JSON object as text, or null
 * @param patience how long to wait for the end
 */
public record EngineCall(
    String executionId, RunnableFunction function, String inputJson, Duration patience) {}
