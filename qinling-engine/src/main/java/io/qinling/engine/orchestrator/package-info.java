// SPDX-License-Identifier: Apache-2.0
/**
 * The plug-in point for what provides workers. An implementation has a folder of its own below and
 * is chosen by {@code [engine] orchestrator}.
 */
package io.qinling.engine.orchestrator;
