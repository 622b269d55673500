// SPDX-License-Identifier: Apache-2.0
package io.qinling.log;

import io.qinling.conf.ConfArguments;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory.ConfigurableConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/** Tells Quarkus what section {@code [DEFAULT]} says of the log. */
public final class LogConfigSource implements ConfigurableConfigSourceFactory<LogConfig> {
  /** Above application.properties, which Quarkus gives 250. */
  private static final int ORDINAL = 276;

  /** Levels that oslo.log has and Java has not. */
  private static final Map<String, String> LEVELS = Map.of("WARNING", "WARN", "CRITICAL", "FATAL");

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context, LogConfig config) {
    var properties = new HashMap<String, String>();
    if (config.debug()) {
      properties.put(level("io.qinling"), "DEBUG");
    }
    config.defaultLogLevels().orElse(List.of()).forEach(pair -> putLevel(properties, pair));
    file(config)
        .ifPresent(file -> {
          properties.put("quarkus.log.file.enabled", "true");
          properties.put("quarkus.log.file.path", file.toString().replace("$", "\\$"));
          if (!config.useStderr()) {
            properties.put("quarkus.log.console.level", "WARN");
          }
        });
    return List.of(new PropertiesConfigSource(properties, "[DEFAULT] log", ORDINAL));
  }

  private static Optional<Path> file(LogConfig config) {
    var program = System.getProperty(ConfArguments.PROGRAM_PROPERTY, "qinling");
    var name = config.logFile().or(() -> config.logDir().map(folder -> Path.of(program + ".log")));
    return name.map(config.logDir().orElse(Path.of(""))::resolve);
  }

  private static void putLevel(Map<String, String> properties, String pair) {
    int sign = pair.lastIndexOf('=');
    if (sign < 0) {
      throw new ConfigurationException(
          "[DEFAULT] default_log_levels has '" + pair + "', which is not logger=LEVEL");
    }
    var level = pair.substring(sign + 1).strip();
    properties.put(level(pair.substring(0, sign).strip()), LEVELS.getOrDefault(level, level));
  }

  private static String level(String logger) {
    return "quarkus.log.category.\"" + logger + "\".level";
  }

  @Override
  public OptionalInt getPriority() {
    return OptionalInt.of(ORDINAL);
  }
}
