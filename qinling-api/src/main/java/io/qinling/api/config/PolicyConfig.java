// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** Section {@code [oslo_policy]}. */
@ConfigMapping(prefix = "qinling.oslo_policy", namingStrategy = SNAKE_CASE)
public interface PolicyConfig {
  /**
   * The file of rules in YAML or JSON, absolute or in a folder of the configuration files. It must
   * be there if it is named; else {@code policy.yaml} or {@code policy.json} is taken if there is
   * one.
   */
  Optional<String> policyFile();

  /** Folders of further files, whose rules override those before; {@code policy.d} if not set. */
  Optional<List<String>> policyDirs();

  /** Name of the rule that stands in for those that others refer to and that exist nowhere. */
  @WithDefault("default")
  String policyDefaultRule();
}
