// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.database.Schema;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Waits for the database and brings its tables to this release. */
final class DatabaseStart {
  private static final Logger LOG = Logger.getLogger(DatabaseStart.class);

  private DatabaseStart() {}

  /**
   * @throws QinlingException UNAVAILABLE when the database cannot be reached with all retries
   */
  static void prepare(DatabaseConfig config) {
    var schema = new Schema(config.url());
    for (int failures = 0; ; failures++) {
      try {
        schema.migrate();
        return;
      } catch (QinlingException unreachable) {
        if (unreachable.code() != ErrorCode.UNAVAILABLE || failures == config.maxRetries()) {
          throw unreachable;
        }
        LOG.warnf(
            "The database cannot be reached, and is tried again: seconds=%d reason=%s",
            config.retryInterval(), unreachable.getCause().getMessage());
      }
      pause(config);
    }
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
