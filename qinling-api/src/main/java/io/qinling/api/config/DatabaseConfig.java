// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.qinling.api.database.DatabaseUrl;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Section {@code [database]}. */
@ConfigMapping(prefix = "qinling.database", namingStrategy = SNAKE_CASE)
public interface DatabaseConfig {
  /**
   * Where the records are kept: {@code mysql+pymysql://user:password@host/database} for MariaDB,
   * {@code postgresql://user:password@host/database}, or {@code h2:////path} for a file.
   */
  @WithDefault("h2:////var/lib/qinling/qinling")
  String connection();

  /** Connections that stay open while there is nothing to do. */
  @WithDefault("5")
  int maxPoolSize();

  /** Connections beyond these while there is much to do; -1 for as many as are useful. */
  @WithDefault("50")
  int maxOverflow();

  /** Seconds after which a connection is replaced by a new one; -1 for never. */
  @WithDefault("3600")
  int connectionRecycleTime();

  /** How often the start tries to reach the database again; -1 for ever. */
  @WithDefault("10")
  int maxRetries();

  /** Seconds between these attempts. */
  @WithDefault("10")
  int retryInterval();

  default DatabaseUrl url() {
    return DatabaseUrl.parse(connection());
  }
}
