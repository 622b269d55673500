// SPDX-License-Identifier: Apache-2.0
/**
 * Runtimes: their records, and their pools in the engine. Other features ask it whether a runtime
 * can be used.
 */
package io.qinling.api.runtime;
