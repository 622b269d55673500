// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import java.time.Duration;

/**
 * Limits that hold for every call of a worker.
 *
 * @param loadTimeout longest time for unpacking and importing a function
 * @param grace added to each limit that the worker itself watches, before the engine gives the
 *     worker up
 * @param maxLogBytes longest log of an execution, cut by the worker
 * @param maxResultBytes longest result of an execution as JSON, refused by the worker
 */
public record WorkerLimits(
    Duration loadTimeout, Duration grace, int maxLogBytes, int maxResultBytes) {
  /** JSON needs at most six bytes for a byte of text (a control character as {@code \u001b}). */
  private static final int JSON_GROWTH = 6;

  private static final int JSON_FRAME = 4096;

  /** How long an execution may take with everything, starting a process for it included. */
  Duration patience(Duration timeout) {
    return timeout.plus(loadTimeout).plus(grace);
  }

  int maxReplyBytes() {
    return Math.addExact(Math.multiplyExact(maxLogBytes, JSON_GROWTH), maxResultBytes) + JSON_FRAME;
  }
}
