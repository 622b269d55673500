// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.LoadedWorker;

/** Where placements get workers from. Both methods may block. */
public interface WorkerSupply {
  /**
   * Claims a worker and loads the function into it.
   *
   * @throws RuntimeException as {@link Waiter#failed} gets it; no worker is left claimed then
   */
  LoadedWorker claim(FunctionVersion function);

  /** Ends a worker that {@link #claim} returned. */
  void release(LoadedWorker worker);
}
