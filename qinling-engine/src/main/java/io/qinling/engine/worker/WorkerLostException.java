// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

/**
 * The connection to a worker ended or never came to be, or the worker does not speak as the
 * protocol says.
 */
public final class WorkerLostException extends RuntimeException {
  private final boolean sent;

  /** A loss after the request was sent: it may have been run. */
  public WorkerLostException(String message, Throwable cause) {
    this(message, cause, true);
  }

  private WorkerLostException(String message, Throwable cause, boolean sent) {
    super(message, cause, false, false);
    this.sent = sent;
  }

  /** A loss before anything was sent: nothing was run. */
  static WorkerLostException beforeSending() {
    return new WorkerLostException("The connection to the worker is closed", null, false);
  }

  /** Whether the request may have been run. */
  public boolean sent() {
    return sent;
  }
}
