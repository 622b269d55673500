// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** What the api uses of section {@code [storage]}. */
@ConfigMapping(prefix = "qinling.storage", namingStrategy = SNAKE_CASE)
public interface EarlierPackages {
  /** Where the api of Qinling 5 kept packages; they are imported once. */
  @WithDefault("/var/lib/qinling/package")
  Path fileSystemDir();
}
