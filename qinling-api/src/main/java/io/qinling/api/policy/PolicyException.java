// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

/** A policy file cannot be read. The message names it, and the line if there is one. */
public final class PolicyException extends RuntimeException {
  PolicyException(String message, Throwable cause) {
    super(message, cause);
  }
}
