// SPDX-License-Identifier: Apache-2.0
package io.qinling.log;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What section {@code [DEFAULT]} says of the log. */
@ConfigMapping(prefix = "qinling.default", namingStrategy = SNAKE_CASE)
public interface LogConfig {
  /** Whether the services' own messages of level DEBUG are logged. */
  @WithDefault("false")
  boolean debug();

  /** Folder of the log file. Without it and {@code log_file} the log goes to the output. */
  Optional<Path> logDir();

  /**
   * The log file, in {@code log_dir} unless absolute; the program's name with {@code .log} if
   * unset.
   */
  Optional<Path> logFile();

  /** Whether all goes to the output as well when there is a log file, and not only warnings. */
  @WithDefault("false")
  boolean useStderr();

  /** Levels of single loggers as {@code logger=LEVEL}. */
  Optional<List<String>> defaultLogLevels();

  /**
   * What stands in brackets in a line: {@code short} is what fluentd of Kolla before 2023 reads,
   * {@code long} what it reads since then.
   */
  @WithDefault("short")
  String logContext();
}
