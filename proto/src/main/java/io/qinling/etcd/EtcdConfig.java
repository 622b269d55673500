// SPDX-License-Identifier: Apache-2.0
package io.qinling.etcd;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Section {@code [etcd]}. Without {@code host} and {@code endpoints} there is no etcd, and the
 * deployment has one engine.
 */
@ConfigMapping(prefix = "qinling.etcd", namingStrategy = SNAKE_CASE)
public interface EtcdConfig {
  /** Host name or address of a member. */
  Optional<String> host();

  /** Port of that member. */
  @WithDefault("2379")
  int port();

  /** Several members as {@code host:port}; each is as good, and {@code host} is not used then. */
  Optional<List<String>> endpoints();

  /** {@code https}, or {@code http} for a network that nobody else is on. */
  @WithDefault("https")
  String protocol();

  /** Certificates that the members' are checked against; the system's where there is no file. */
  @WithDefault("/etc/qinling/pki/etcd/ca.crt")
  Path caCert();

  /** Certificate by which etcd knows its client; none is shown where there is no file. */
  @WithDefault("/etc/qinling/pki/etcd/qinling-etcd-client.crt")
  Path certFile();

  /** Key of that certificate, as PKCS#8 in PEM. */
  @WithDefault("/etc/qinling/pki/etcd/qinling-etcd-client.key")
  Path certKey();

  /** User name, where etcd asks for one. */
  Optional<String> user();

  /** Password of the user. */
  Optional<String> password();

  /**
   * How long an engine that is not heard of keeps its functions; at least 2 seconds. A killed
   * engine's functions are served by others after this time.
   */
  @WithDefault("10s")
  Duration sessionTtl();
}
