// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.time.Duration;

/**
 * Limits of each function version.
 *
 * @param slotsPerWorker executions that one worker runs at a time
 * @param maxWorkers workers that a function version may hold
 * @param maxWaiting executions that may wait for a slot
 * @param maxWait longest time that one of them waits
 * @param idleExpiry after this time without an execution a worker is given back
 */
public record PlacementLimits(
    int slotsPerWorker, int maxWorkers, int maxWaiting, Duration maxWait, Duration idleExpiry) {
  public PlacementLimits {
    if (slotsPerWorker < 1 || maxWorkers < 1 || maxWaiting < 0) {
      throw new IllegalArgumentException(
          "Slots and workers must be at least 1 and the queue not negative: "
              + slotsPerWorker
              + ", "
              + maxWorkers
              + ", "
              + maxWaiting);
    }
  }
}
