// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;

/**
 * A worker that a function version holds, as it was when the placement was asked.
 *
 * @param holder whom to ask for it
 * @param busySlots executions that it runs
 * @param idleNanos since when it is idle, if it is
 * @param heldNanos since when it is held
 * @param provisioned whether the function version is to keep it even when idle
 */
record HeldWorker(
    WorkerHolder holder,
    PlacedWorker worker,
    FunctionVersion function,
    int busySlots,
    long idleNanos,
    long heldNanos,
    boolean provisioned) {
  boolean isIdle() {
    return busySlots == 0;
  }
}
