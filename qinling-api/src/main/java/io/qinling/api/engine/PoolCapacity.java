// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

/**
 * @param total workers of a pool, claimed ones included
 * @param available workers that can be claimed at once
 * @param claimed workers that functions have
 */
public record PoolCapacity(int total, int available, int claimed) {}
