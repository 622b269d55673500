// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** What the api uses of section {@code [DEFAULT]}. */
@ConfigMapping(prefix = "qinling.default", namingStrategy = SNAKE_CASE)
public interface ServiceConfig {
  /**
   * Address by which the outside world reaches the api, for the addresses of webhooks. Without it
   * Keystone's catalogue is asked, else the request's own address is taken.
   */
  Optional<String> qinlingEndpoint();
}
