// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

/**
 * A worker that some engine has claimed, as the orchestrator knows it.
 *
 * @param worker its name
 * @param functionId what it was claimed for
 * @param version of the function
 */
public record ClaimedWorker(String worker, String functionId, int version) {}
