// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.qinling.api.identity.TrustSession;
import java.time.Duration;
import java.util.Optional;

/**
 * A request to run a function once.
 *
 * @param executionId id of the execution's record
 * @param function what to run
 * @param inputJson JSON object as text, or null
 * @param session with which the function acts as its owner
 * @param patience how long to wait for the end
 */
public record EngineCall(
    String executionId,
    RunnableFunction function,
    String inputJson,
    Optional<TrustSession> session,
    Duration patience) {
  /** The part of the patience that is for finding an engine and a worker. */
  public Duration startAllowance() {
    var allowance = patience.minusSeconds(function.timeoutSeconds());
    return allowance.isNegative() ? Duration.ZERO : allowance;
  }
}
