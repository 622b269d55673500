// SPDX-License-Identifier: Apache-2.0
/**
 * The plug-in point for what engines agree on: who owns a function version, and which worker serves
 * which.
 */
package io.qinling.engine.coordination;
