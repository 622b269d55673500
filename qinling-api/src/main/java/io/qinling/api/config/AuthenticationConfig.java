// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What the api uses of section {@code [pecan]}. */
@ConfigMapping(prefix = "qinling.pecan", namingStrategy = SNAKE_CASE)
public interface AuthenticationConfig {
  /** Whether callers must authenticate. */
  @WithDefault("true")
  boolean authEnable();
}
