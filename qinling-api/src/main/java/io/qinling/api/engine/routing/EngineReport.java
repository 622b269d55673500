// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.error.QinlingException;
import java.util.Optional;

/**
 * How an engine was found to be.
 *
 * @param failure why it cannot be used; empty when it answers
 * @param orchestratorTrouble what keeps one that answers from having workers
 */
public record EngineReport(
    String address, Optional<QinlingException> failure, Optional<String> orchestratorTrouble) {}
