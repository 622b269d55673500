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

/** The etcd server that the environment names. */
public final class TestEtcd {
  private static final String VARIABLE = "QINLING_TEST_ETCD";

  private TestEtcd() {}

  /** With sessions that end 2 seconds after their engine was heard of last. */
  public static EtcdAddresses addresses() {
    var named = System.getenv(VARIABLE);
    assertThat(named)
        .as("%s, set by: e2e/etcd.py run -- ./mvnw verify; or run deploy/test.sh", VARIABLE)
        .isNotNull();
    return EtcdAddresses.of(new Plain(URI.create(named))).orElseThrow();
  }

  private record Plain(URI uri) implements EtcdConfig {
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
    public Path caCert() {
      return Path.of("none");
    }

    @Override
    public Path certFile() {
      return Path.of("none");
    }

    @Override
    public Path certKey() {
      return Path.of("none");
    }

    @Override
    public Optional<String> user() {
      return Optional.empty();
    }

    @Override
    public Optional<String> password() {
      return Optional.empty();
    }

    @Override
    public Duration sessionTtl() {
      return Duration.ofSeconds(2);
    }
  }
}
