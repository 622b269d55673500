// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The etcd servers that the environment names. */
public final class TestEtcd {
  private static final Path NONE = Path.of("no-such-file");

  private TestEtcd() {}

  static String variable(String name) {
    var value = System.getenv(name);
    assertThat(value)
        .as("%s, set by: e2e/etcd.py run -- ./mvnw verify; or run deploy/test.sh", name)
        .isNotNull();
    return value;
  }

  /** The one that is open to all, with sessions of 2 seconds. */
  public static EtcdAddresses addresses() {
    return EtcdAddresses.of(plain(URI.create(variable("QINLING_TEST_ETCD")))).orElseThrow();
  }

  static EtcdConfig plain(URI uri) {
    return new Section(uri, NONE, NONE, NONE, Optional.empty(), Optional.empty());
  }

  static EtcdConfig withPassword(URI uri, String user, String password) {
    return new Section(uri, NONE, NONE, NONE, Optional.of(user), Optional.of(password));
  }

  static EtcdConfig withCertificates(URI uri, Path ca, Path certificate, Path key) {
    return new Section(uri, ca, certificate, key, Optional.empty(), Optional.empty());
  }

  private record Section(
      URI uri,
      Path caCert,
      Path certFile,
      Path certKey,
      Optional<String> user,
      Optional<String> password)
      implements EtcdConfig {
    @Override
    public Optional<String> host() {
      return Optional.of(uri.getHost());
    }

    @Override
    public int port() {
      return uri.getPort();
    }

    @Override
    public Optional<List<String>> endpoints() {
      return Optional.empty();
    }

    @Override
    public String protocol() {
      return uri.getScheme();
    }

    @Override
    public Duration sessionTtl() {
      return Duration.ofSeconds(2);
    }
  }
}
