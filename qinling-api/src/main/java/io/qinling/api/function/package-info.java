// SPDX-License-Identifier: Apache-2.0
/**
 * Functions of source package: their records, limits and packages. Executions ask it for what to
 * run.
 */
package io.qinling.api.function;
