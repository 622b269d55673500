// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

/**
 * The tables of the database are not what can be worked with. The message is meant for the operator
 * and says what to do.
 */
public final class SchemaException extends RuntimeException {
  SchemaException(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
