// SPDX-License-Identifier: Apache-2.0
/**
 * How both services trace what they do for OpenTelemetry: where spans go, and how they travel from
 * one service to the other. Called by the edges of both, and by what runs executions.
 */
package io.qinling.tracing;
