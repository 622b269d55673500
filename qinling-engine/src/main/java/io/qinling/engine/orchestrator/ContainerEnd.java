// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import java.time.Duration;
import java.util.Optional;

/**
 * How a container ended.
 *
 * @param failure why it failed, for the function's owner; empty when it succeeded
 * @param log what it wrote, cut at the limit
 * @param duration how long it ran, by its node's clock
 */
public record ContainerEnd(Optional<String> failure, String log, Duration duration) {}
