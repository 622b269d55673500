// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.identity.Caller;
import java.io.InputStream;

/** An object store that functions can be taken from. Blocks. */
@FunctionalInterface
public interface ObjectSource {
  /**
   * Opens an object with the rights of the caller.
   *
   * @throws io.qinling.error.QinlingException INVALID_INPUT when the caller cannot read it,
   *     UNAVAILABLE when the store cannot be reached
   */
  InputStream open(Caller caller, String container, String object);
}
