// SPDX-License-Identifier: Apache-2.0
/**
 * The engine side of worker protocol version 2: connections to workers, loading a function,
 * executing it.
 */
package io.qinling.engine.worker;
