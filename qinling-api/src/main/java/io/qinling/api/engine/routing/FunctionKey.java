// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

/**
 * What an engine can own.
 *
 * @param functionId id of the function
 * @param version 0 for the latest code
 */
public record FunctionKey(String functionId, int version) {}
