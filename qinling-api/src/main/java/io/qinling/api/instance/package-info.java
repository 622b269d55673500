// SPDX-License-Identifier: Apache-2.0
/**
 * The processes of qinling-api that share a database: how each shows that it lives, and how the
 * others see that it does not. Used by executions and runtimes.
 */
package io.qinling.api.instance;
