// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

/**
 * @param image the image that new workers get
 * @param total workers made from the pool, claimed ones included
 * @param available workers that can be claimed at once
 */
public record PoolStatus(String image, int total, int available) {}
