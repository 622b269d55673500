// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

/**
 * A pool as one engine sees it.
 *
 * @param image what new workers are made of
 * @param capacity how many workers there are
 * @param shared whether all engines see the same workers
 */
public record PoolDescription(String image, PoolCapacity capacity, boolean shared) {}
