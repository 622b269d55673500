// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Section {@code [tracing]}. */
@ConfigMapping(prefix = "qinling.tracing", namingStrategy = SNAKE_CASE)
public interface TracingConfig {
  /**
   * Where spans are sent by OTLP over HTTP, as {@code http://collector:4318}; {@code /v1/traces} is
   * added to it. Nothing is traced when it is not set.
   */
  Optional<String> otlpEndpoint();

  /**
   * Share of the traces that is kept, from 0 to 1. Where a caller sends a {@code traceparent}, it
   * has decided already.
   */
  @WithDefault("1")
  double sampleRatio();

  /**
   * Certificates in PEM that those of a collector with {@code https} are checked against; without
   * it the system's.
   */
  Optional<Path> caFile();
}
