// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import java.io.IOException;
import java.nio.file.Path;

/** A file of section {@code [kubernetes]} cannot be used. */
public final class UnusableFileException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient Trouble trouble;

  /**
   * @param option whose value the file is
   * @param what is wrong with it, as the end of a sentence
   * @param cause null when there is none
   */
  public UnusableFileException(String option, String what, Path file, Throwable cause) {
    super(cause);
    var reason = cause == null || cause.getMessage() == null ? "" : ", " + cause.getMessage();
    this.trouble = new Trouble("[kubernetes] " + option + " " + what, file + reason);
  }

  Trouble trouble() {
    return trouble;
  }

  @Override
  public String getMessage() {
    return trouble.line();
  }
}
