// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.database.DatabaseUrl;
import io.qinling.api.database.DatabaseUrlException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory.ConfigurableConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Activates the one of Quarkus' data sources that {@code [database] connection} names, and tells it
 * what the section says. The others stay inactive.
 */
public final class DatabaseConfigSource implements ConfigurableConfigSourceFactory<DatabaseConfig> {
  /** Above application.properties, which Quarkus gives 250. */
  private static final int ORDINAL = 276;

  /** More than this serve nobody better. */
  private static final int MOST_CONNECTIONS = 100;

  /** A server that is cut off is noticed after this time. */
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  private static final String SOCKET_TIMEOUT = "jdbc.additional-jdbc-properties.socketTimeout";

  @Override
  public Iterable<ConfigSource> getConfigSources(
      ConfigSourceContext context, DatabaseConfig config) {
    try {
      return List.of(
          new PropertiesConfigSource(
              properties(config, config.url()), "[database] connection", ORDINAL));
    } catch (DatabaseUrlException wrong) {
      throw new ConfigurationException(wrong.getMessage());
    }
  }

  private static Map<String, String> properties(DatabaseConfig config, DatabaseUrl url) {
    var source = "quarkus.datasource." + url.kind().text() + ".";
    var properties = new HashMap<String, String>();
    properties.put(source + "active", "true");
    properties.put(source + "username", literal(url.user()));
    properties.put(source + "password", literal(url.password()));
    properties.put(source + "jdbc.url", literal(url.jdbc()));
    properties.put(source + "jdbc.max-size", String.valueOf(connections(config)));
    properties.put(
        source + "jdbc.min-size",
        String.valueOf(Math.clamp(config.maxPoolSize(), 0, MOST_CONNECTIONS)));
    properties.put(source + "jdbc.initial-size", "0");
    if (config.connectionRecycleTime() > 0) {
      properties.put(source + "jdbc.max-lifetime", config.connectionRecycleTime() + "s");
    }
    url.kind()
        .sessionSql()
        .ifPresent(sql -> properties.put(source + "jdbc.new-connection-sql", sql));
    switch (url.kind()) {
      case H2 -> {}
      case MARIADB -> properties.put(source + SOCKET_TIMEOUT, ANSWER_WITHIN.toMillis() + "");
      case POSTGRESQL -> properties.put(source + SOCKET_TIMEOUT, ANSWER_WITHIN.toSeconds() + "");
    }
    return properties;
  }

  /** In SQLAlchemy a pool of size 0 and an overflow of -1 have no limit. */
  static int connections(DatabaseConfig config) {
    boolean limited = config.maxPoolSize() > 0 && config.maxOverflow() >= 0;
    return limited
        ? Math.min(config.maxPoolSize() + config.maxOverflow(), MOST_CONNECTIONS)
        : MOST_CONNECTIONS;
  }

  /** A dollar sign would begin an expression. */
  private static String literal(String value) {
    return value.replace("$", "\\$");
  }

  @Override
  public OptionalInt getPriority() {
    return OptionalInt.of(ORDINAL);
  }
}
