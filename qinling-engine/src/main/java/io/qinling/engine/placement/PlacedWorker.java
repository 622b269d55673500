// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.worker.LoadedWorker;

/** A worker as its placement sees it. Touched by the placement's actions only. */
final class PlacedWorker {
  private final LoadedWorker loaded;
  private int busySlots;
  private long idleSinceNanos;
  private boolean retired;

  PlacedWorker(LoadedWorker loaded, long nowNanos) {
    this.loaded = loaded;
    this.idleSinceNanos = nowNanos;
  }

  LoadedWorker loaded() {
    return loaded;
  }

  String name() {
    return loaded.worker().name();
  }

  void take() {
    busySlots++;
  }

  void giveBack(long nowNanos) {
    busySlots--;
    idleSinceNanos = nowNanos;
  }

  boolean isIdle() {
    return busySlots == 0;
  }

  boolean isIdleLongerThan(long nanos, long nowNanos) {
    return isIdle() && nowNanos - idleSinceNanos >= nanos;
  }

  void retire() {
    retired = true;
  }

  /** A retired worker gets no new execution and is given back when the last one has ended. */
  boolean isRetired() {
    return retired;
  }
}
