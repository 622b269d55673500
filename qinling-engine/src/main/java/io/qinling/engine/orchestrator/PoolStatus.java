// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

/**
 * @param image the image that new workers get
 * @param total workers made from the pool, claimed ones included
 * @param available workers that can be claimed at once; others that are free may be starting, or
 *     find no room to be claimed
 * @param claimed workers that function versions have
 */
public record PoolStatus(String image, int total, int available, int claimed) {}
