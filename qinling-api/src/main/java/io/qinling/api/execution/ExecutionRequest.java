// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.Optional;

/**
 * What a client asks to be run.
 *
 * @param id an id of the client's choice
 * @param functionId needed unless there is an alias
 * @param input as it was sent
 * @param sync whether the client waits for the end
 */
public record ExecutionRequest(
    Optional<String> id,
    Optional<String> functionId,
    Optional<String> functionAlias,
    int functionVersion,
    Optional<String> description,
    Optional<String> input,
    boolean sync) {}
