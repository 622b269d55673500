// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.nio.file.Path;

/**
 * The configuration cannot be used: a file is missing, unreadable or malformed, or a value refers
 * to something that is not there. The message is meant for the operator and never holds a value,
 * since any value may be a secret. It carries no stack trace, since it says nothing about a defect.
 */
public final class ConfException extends RuntimeException {
  public ConfException(String message) {
    this(message, null);
  }

  ConfException(String message, Throwable cause) {
    super(message, cause, false, false);
  }

  static ConfException at(Path file, int line, String message) {
    return new ConfException("%s:%d: %s".formatted(file, line, message));
  }
}
