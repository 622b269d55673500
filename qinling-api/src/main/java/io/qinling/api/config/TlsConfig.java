// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/** Section {@code [ssl]}, for {@code [api] enable_ssl_api}. All files are PEM. */
@ConfigMapping(prefix = "qinling.ssl", namingStrategy = SNAKE_CASE)
public interface TlsConfig {
  /** The certificate of the api, with those that lead to its authority. */
  Optional<Path> certFile();

  /** The key of the certificate. */
  Optional<Path> keyFile();

  /** Certificates of authorities; when set, every client must have a certificate of theirs. */
  Optional<Path> caFile();
}
