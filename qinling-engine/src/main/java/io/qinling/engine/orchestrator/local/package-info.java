// SPDX-License-Identifier: Apache-2.0
/**
 * Workers as processes of this host, for development and single hosts. It limits and tidies them,
 * but is no sandbox against hostile code.
 */
package io.qinling.engine.orchestrator.local;
