// SPDX-License-Identifier: Apache-2.0
/**
 * The engine side of the worker protocol, version 2 and, in classes named after it, version 1:
 * connections to workers, loading a function, executing it.
 */
package io.qinling.engine.worker;
