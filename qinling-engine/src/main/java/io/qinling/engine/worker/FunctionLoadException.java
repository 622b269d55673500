// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

/** A worker could not load a function, for a reason that the function's owner is told. */
public final class FunctionLoadException extends RuntimeException {
  private final String log;

  /**
   * @param message what is wrong, for the function's owner
   * @param log what the function wrote while it was loaded
   */
  public FunctionLoadException(String message, String log) {
    super(message, null, false, false);
    this.log = log;
  }

  public String log() {
    return log;
  }
}
