// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.function;

import static java.util.Objects.requireNonNull;

/**
 * Names a function version.
 *
 * @param functionId id of the function
 * @param version 0 for the latest code, from 1 for published versions
 */
public record FunctionKey(String functionId, int version) {
  public FunctionKey {
    requireNonNull(functionId, "functionId");
    if (functionId.isEmpty()) {
      throw new IllegalArgumentException("The function id is empty");
    }
    if (version < 0) {
      throw new IllegalArgumentException("Function version " + version + " is negative");
    }
  }

  @Override
  public String toString() {
    return functionId + "/" + version;
  }
}
