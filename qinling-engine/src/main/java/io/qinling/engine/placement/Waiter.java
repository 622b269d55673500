// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.error.QinlingException;

/** Who asked for a slot. Exactly one of the methods is called, once; neither may block. */
public interface Waiter {
  /** The slot belongs to the waiter until it gives it back. */
  void granted(Slot slot);

  /**
   * There will be no slot.
   *
   * @param reason a {@link FunctionLoadException} when the function is at fault, a {@link
   *     QinlingException} when the caller may try again or gave up, anything else when the platform
   *     failed
   */
  void failed(RuntimeException reason);
}
