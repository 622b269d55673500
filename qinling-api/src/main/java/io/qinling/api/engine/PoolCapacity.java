// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

/**
 * @param total workers of a pool, claimed ones included
 * @param available workers that no function has
 */
public record PoolCapacity(int total, int available) {}
