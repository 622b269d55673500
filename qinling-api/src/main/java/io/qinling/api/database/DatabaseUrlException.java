// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

/** {@code [database] connection} cannot be used. The message is meant for the operator. */
public final class DatabaseUrlException extends IllegalArgumentException {
  DatabaseUrlException(String reason) {
    super("[database] connection cannot be used: " + reason);
  }
}
