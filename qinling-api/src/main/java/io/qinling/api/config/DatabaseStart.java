// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.database.Schema;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.function.Consumer;

/** Waits for the database and brings its tables to this release. */
final class DatabaseStart {
  private DatabaseStart() {}

  /**
   * @param retrying is told why the database is waited for, each time
   * @throws QinlingException UNAVAILABLE when it cannot be reached with all retries
   * @throws io.qinling.api.database.SchemaException when its tables cannot be worked with
   */
  static void prepare(DatabaseConfig config, Consumer<String> retrying) {
    var schema = new Schema(config.url());
    for (int failures = 0; ; failures++) {
      try {
        schema.migrate();
        return;
      } catch (QinlingException unreachable) {
        if (unreachable.code() != ErrorCode.UNAVAILABLE || failures == config.maxRetries()) {
          throw unreachable;
        }
        retrying.accept(
            "%s; trying again in %d seconds"
                .formatted(reason(unreachable), config.retryInterval()));
      }
      pause(config);
    }
  }

  /** For the operator; what a caller of the api is told leaves out what the database said. */
  static String reason(QinlingException unreachable) {
    var cause = unreachable.getCause();
    return unreachable.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
  }

  private static void pause(DatabaseConfig config) {
    try {
      Thread.sleep(Duration.ofSeconds(config.retryInterval()));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new QinlingException(ErrorCode.UNAVAILABLE, "Stopped while waiting for the database");
    }
  }
}
