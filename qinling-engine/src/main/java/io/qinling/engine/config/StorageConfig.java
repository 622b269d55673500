// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** Section {@code [storage]}. */
@ConfigMapping(prefix = "qinling.storage", namingStrategy = SNAKE_CASE)
public interface StorageConfig {
  /** Where function packages are kept: {@code local}, a folder of this host. */
  @WithDefault("local")
  String provider();

  /** The folder. */
  @WithDefault("/var/lib/qinling/package")
  Path fileSystemDir();
}
