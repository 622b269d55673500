// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** What the api uses of section {@code [engine]}. */
@ConfigMapping(prefix = "qinling.engine", namingStrategy = SNAKE_CASE)
public interface EngineAccessConfig {
  /**
   * What the engine wants to know of its callers; the same in both services. When it is not set, it
   * is derived from {@code [keystone_authtoken] password} and {@code memcache_secret_key}.
   */
  Optional<String> secret();

  /** What waiting for a worker and loading a function may take, beyond the function's timeout. */
  @WithDefault("100s")
  Duration startAllowance();
}
