// SPDX-License-Identifier: Apache-2.0
package io.qinling.error;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * An expected failure. Its message is written for the caller and never holds a secret. It carries
 * no stack trace, since it says nothing about a defect.
 */
public sealed class QinlingException extends RuntimeException permits NotOwnerException {
  private final ErrorCode code;
  private final Duration retryAfter;

  public QinlingException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public QinlingException(ErrorCode code, String message, Throwable cause) {
    this(code, message, cause, Optional.empty());
  }

  /**
   * @param retryAfter after which trying again is likely to help, if that can be told
   */
  public QinlingException(
      ErrorCode code, String message, Throwable cause, Optional<Duration> retryAfter) {
    super(requireNonNull(message, "message"), cause, false, false);
    this.code = requireNonNull(code, "code");
    this.retryAfter = retryAfter.orElse(null);
  }

  public ErrorCode code() {
    return code;
  }

  /** After which trying again is likely to help; empty when that cannot be told. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
