// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import static java.util.Objects.requireNonNull;

/**
 * An expected failure. Its message is written for the caller and never holds a secret. It carries
 * no stack trace, since it says nothing about a defect.
 */
public sealed class QinlingException extends RuntimeException permits NotOwnerException {
  private final ErrorCode code;

  public QinlingException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public QinlingException(ErrorCode code, String message, Throwable cause) {
    super(requireNonNull(message, "message"), cause, false, false);
    this.code = requireNonNull(code, "code");
  }

  public ErrorCode code() {
    return code;
  }
}
