// SPDX-License-Identifier: Apache-2.0
/**
 * Runs executions: once for each id, within its limits, to exactly one outcome. Called by the gRPC
 * edge only.
 */
package io.qinling.engine.execution;
