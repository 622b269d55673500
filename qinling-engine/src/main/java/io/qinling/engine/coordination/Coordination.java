// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination;

import io.qinling.engine.function.FunctionKey;
import java.util.Set;

/**
 * What all engines of a deployment agree on. Every change is a compare-and-swap, so that two
 * engines never serve one function version and no worker ever serves two. Implementations are safe
 * for use by any thread; methods may block and are never called on the path of a warm call.
 */
public interface Coordination {
  /**
   * Takes a free worker for a function version.
   *
   * @return false when the worker is already taken, by whomever
   */
  boolean assign(String worker, FunctionKey function);

  /** Forgets a worker that is gone; does nothing for one that is not assigned. */
  void unassign(String worker);

  /** The workers assigned to a function version, in no order. */
  Set<String> assigned(FunctionKey function);
}
