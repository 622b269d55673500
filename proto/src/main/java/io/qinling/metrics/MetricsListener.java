// SPDX-License-Identifier: Apache-2.0
package io.qinling.metrics;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Where metrics are to be served.
 *
 * @param section of the options {@code metrics_host} and {@code metrics_port}
 */
public record MetricsListener(String section, String host, int port) {
  /**
   * Tries the address before the framework does, which would not tell which it is.
   *
   * @throws ConfigurationException when nobody can listen there, naming the options
   */
  public void requireFree() {
    try (var trial = new ServerSocket()) {
      trial.bind(new InetSocketAddress(host, port));
    } catch (IOException refused) {
      throw new ConfigurationException(
          "Cannot listen on ["
              + section
              + "] metrics_host "
              + host
              + ", metrics_port "
              + port
              + ": the port is in use, or the address is not this host's: "
              + refused.getMessage());
    }
  }
}
