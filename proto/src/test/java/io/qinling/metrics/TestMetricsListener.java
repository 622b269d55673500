// SPDX-License-Identifier: Apache-2.0
package io.qinling.metrics;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class TestMetricsListener {
  private static final String HOST = "127.0.0.1";

  @Test
  void aPortInUseIsNamedWithItsOption() throws IOException {
    try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var listener = new MetricsListener("api", HOST, other.getLocalPort());

      assertThatExceptionOfType(ConfigurationException.class)
          .isThrownBy(listener::requireFree)
          .withMessageStartingWith(
              "Cannot listen on [api] metrics_host 127.0.0.1, metrics_port "
                  + other.getLocalPort()
                  + ":");
    }
  }

  @Test
  void anAddressOfAnotherHostIsRefused() {
    var listener = new MetricsListener("engine", "192.0.2.1", 7074);

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(listener::requireFree)
        .withMessageContaining("[engine] metrics_host 192.0.2.1");
  }

  @Test
  void anAddressThatWasTriedIsFreeStill() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    new MetricsListener("api", HOST, port).requireFree();

    new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
  }
}
