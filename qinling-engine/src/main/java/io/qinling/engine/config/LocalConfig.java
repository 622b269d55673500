// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;

/** Section {@code [local]}, for {@code [engine] orchestrator = local}. */
@ConfigMapping(prefix = "qinling.local", namingStrategy = SNAKE_CASE)
public interface LocalConfig {
  /** Holds a folder for each runtime. */
  @WithDefault("/usr/share/qinling/runtimes")
  Path runtimesDir();

  /**
   * Which runtime folder serves which image: {@code image=folder}, the image without registry and
   * tag.
   */
  @WithDefault(
      "openstackqinling/python3-runtime=python3,openstackqinling/python-runtime=python3,"
          + "openstackqinling/nodejs-runtime=nodejs")
  List<String> images();

  /** Where workers have their folders while they run; must lie where every user may enter. */
  @WithDefault("/var/tmp/qinling-workers")
  Path workerDir();

  /** Started workers that each runtime keeps ready. */
  @WithDefault("3")
  int poolSize();

  /** Workers of all runtimes together. */
  @WithDefault("100")
  int maxWorkers();

  /** First of the 10000 user ids that workers get when the engine runs as root. */
  @WithDefault("200000")
  int uidBase();
}
