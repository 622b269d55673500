// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Who holds workers and can be asked for them. Never blocks. */
interface WorkerHolder {
  /** The workers that could be given up. */
  CompletableFuture<List<HeldWorker>> held();

  /**
   * Asks for a worker: it gets no new execution, and is given back when those that it has ended.
   *
   * @param onlyIfIdle leaves it when it got an execution meanwhile
   * @return false when it is not given up
   */
  CompletableFuture<Boolean> giveAway(PlacedWorker worker, boolean onlyIfIdle);
}
