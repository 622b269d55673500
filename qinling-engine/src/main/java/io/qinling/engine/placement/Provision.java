// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.util.function.IntConsumer;

/**
 * How many workers a function version is to have even when nobody calls it. Touched by the
 * placement's actions only.
 */
final class Provision {
  private final IntConsumer whenChanged;
  private int workers;

  /**
   * Of none at first.
   *
   * @param whenChanged gets each new number; must not block
   */
  Provision(IntConsumer whenChanged) {
    this.whenChanged = whenChanged;
  }

  /** Goes on with what an earlier owner was asked for. */
  void restore(int earlier, int limit) {
    workers = Math.max(workers, Math.min(earlier, limit));
  }

  int workers() {
    return workers;
  }

  /** Adds to what is provisioned or held, whichever is more. */
  void raise(int count, int held, int limit) {
    set(Math.min(limit, Math.max(workers, held) + count));
  }

  void lower(int count) {
    set(Math.max(0, workers - count));
  }

  void reset() {
    set(0);
  }

  private void set(int changed) {
    if (changed != workers) {
      workers = changed;
      whenChanged.accept(changed);
    }
  }
}
