// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.worker.LoadedWorker;
import org.jboss.logging.Logger;

/** A worker as its placement sees it. Touched by the placement's actions only. */
final class PlacedWorker {
  private static final Logger LOG = Logger.getLogger(PlacedWorker.class);

  private final LoadedWorker loaded;
  private final long heldSinceNanos;
  private WorkerState state = WorkerState.IDLE;
  private int busySlots;
  private long idleSinceNanos;

  PlacedWorker(LoadedWorker loaded, long nowNanos) {
    this.loaded = loaded;
    this.heldSinceNanos = nowNanos;
    this.idleSinceNanos = nowNanos;
  }

  LoadedWorker loaded() {
    return loaded;
  }

  String name() {
    return loaded.worker().name();
  }

  void take() {
    if (busySlots++ == 0) {
      become(WorkerState.BUSY);
    }
  }

  void giveBack(long nowNanos) {
    idleSinceNanos = nowNanos;
    if (--busySlots == 0 && state == WorkerState.BUSY) {
      become(WorkerState.IDLE);
    }
  }

  int busySlots() {
    return busySlots;
  }

  boolean isIdle() {
    return busySlots == 0;
  }

  boolean isIdleLongerThan(long nanos, long nowNanos) {
    return isIdle() && nowNanos - idleSinceNanos >= nanos;
  }

  long idleNanos(long nowNanos) {
    return nowNanos - idleSinceNanos;
  }

  long heldNanos(long nowNanos) {
    return nowNanos - heldSinceNanos;
  }

  /** By any thread. */
  boolean isHeldSince(long nanos) {
    return heldSinceNanos - nanos <= 0;
  }

  void retire() {
    become(WorkerState.RETIRED);
  }

  void lose() {
    become(WorkerState.LOST);
  }

  /** False when it was given back before, so that nobody does it twice. */
  boolean end() {
    return become(WorkerState.ENDED);
  }

  /**
   * A retired worker, or one that was lost, gets no new execution and is given back when the last
   * one has ended.
   */
  boolean isRetired() {
    return state == WorkerState.RETIRED || state == WorkerState.LOST;
  }

  private boolean become(WorkerState next) {
    if (!state.mayBecome(next)) {
      LOG.errorf(
          "A worker was kept from an impossible change: worker=%s from=%s to=%s",
          name(), state, next);
      return false;
    }
    state = next;
    return true;
  }
}
