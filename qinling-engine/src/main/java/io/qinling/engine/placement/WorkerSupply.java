// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.LoadedWorker;
import java.util.List;

/** Where placements get workers from. Its methods may block. */
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

  /**
   * The workers that an earlier owner of the function version left and that can serve it; the
   * others that it left are forgotten. Never throws: what cannot be adopted is claimed anew.
   */
  List<LoadedWorker> adopt(FunctionVersion function);

  /**
   * The names of the workers that an earlier owner of the function version left, sorted.
   *
   * @throws io.qinling.error.QinlingException UNAVAILABLE when that cannot be found out
   */
  List<String> left(FunctionKey function);

  /**
   * Ends the workers that an earlier owner of the function version left; only its owner may.
   *
   * @throws io.qinling.error.QinlingException UNAVAILABLE when they cannot be found out
   */
  void endLeft(FunctionKey function);

  /** Ends a worker that {@link #claim} or {@link #adopt} returned. */
  void release(LoadedWorker worker);

  /** Leaves a worker to the function version's next owner, or ends it when none could reach it. */
  void handOver(LoadedWorker worker);

  /** As the engine stops: forgets a worker that ends with it. */
  void leave(LoadedWorker worker);

  /**
   * Has an action run whenever a claim that found no room may find it now.
   *
   * @param action must not block
   */
  void onRoom(Runnable action);
}
