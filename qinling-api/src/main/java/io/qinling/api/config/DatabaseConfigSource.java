// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/** Tells Quarkus' data source what {@code [database] connection} says. */
public final class DatabaseConfigSource implements ConfigSourceFactory {
  private static final String CONNECTION = "qinling.database.connection";
  private static final String DEFAULT = "h2:////var/lib/qinling/qinling";

  /** Above application.properties, which Quarkus gives 250. */
  private static final int ORDINAL = 276;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    var value = context.getValue(CONNECTION).getValue();
    var url = DatabaseUrl.parse(value == null ? DEFAULT : value);
    return List.of(
        new PropertiesConfigSource(
            Map.of("quarkus.datasource.jdbc.url", url.jdbc()), "[database] connection", ORDINAL));
  }

  @Override
  public OptionalInt getPriority() {
    return OptionalInt.of(ORDINAL);
  }
}
