// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.LoadedWorker;

/** Where placements get workers from. {@link #claim} and {@link #release} may block. */
public interface WorkerSupply {
  /**
   * Claims a worker and loads the function into it.
   *
   * @param taken called when there is a worker, before the function is loaded into it; must not
   *     block
   * @throws RuntimeException as {@link Waiter#failed} gets it, and OVERLOADED at once when all
   *     workers are held and none is starting; no worker is left claimed then
   */
  LoadedWorker claim(FunctionVersion function, Runnable taken);

  /** Ends a worker that {@link #claim} returned. */
  void release(LoadedWorker worker);

  /**
   * Has an action run whenever a claim that found no room may find it now.
   *
   * @param action must not block
   */
  void onRoom(Runnable action);
}
