// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Section {@code [resource_limits]}. */
@ConfigMapping(prefix = "qinling.resource_limits", namingStrategy = SNAKE_CASE)
public interface LimitsConfig {
  /** Thousandths of a processor for functions that do not say. */
  @WithDefault("100")
  int defaultCpu();

  /** Fewest thousandths of a processor. */
  @WithDefault("100")
  int minCpu();

  /** Most thousandths of a processor. */
  @WithDefault("300")
  int maxCpu();

  /** Bytes of memory for functions that do not say. */
  @WithDefault("33554432")
  int defaultMemory();

  /** Fewest bytes of memory. */
  @WithDefault("33554432")
  int minMemory();

  /** Most bytes of memory. */
  @WithDefault("134217728")
  int maxMemory();

  /** Seconds for functions that do not say. */
  @WithDefault("5")
  int defaultTimeout();

  /** Fewest seconds. */
  @WithDefault("1")
  int minTimeout();

  /** Most seconds. */
  @WithDefault("300")
  int maxTimeout();
}
