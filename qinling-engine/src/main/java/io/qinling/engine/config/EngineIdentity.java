// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * How this engine is known to the others.
 *
 * @param name unique among the engines of a deployment
 * @param address {@code host:port} at which it is called
 */
public record EngineIdentity(String name, String address) {
  /**
   * @throws ConfigurationException when it has no address that others can call
   */
  static EngineIdentity of(EngineConfig engine) {
    var address = engine.advertiseAddress().orElseGet(() -> reached(engine.host(), engine.port()));
    if (!address.matches(".+:[0-9]{1,5}")) {
      throw new ConfigurationException(
          "[engine] advertise_address = " + address + " must be host:port");
    }
    return new EngineIdentity(engine.name().orElse(address), address);
  }

  /** The host of the address, as part of a URL. */
  String host() {
    return address.substring(0, address.lastIndexOf(':'));
  }

  /** Where others reach what listens there. */
  static String reached(String host, int port) {
    if (host.equals("0.0.0.0") || host.equals("::")) {
      return reached(ownAddress(), port);
    }
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  private static String ownAddress() {
    try {
      return InetAddress.getLocalHost().getHostAddress();
    } catch (UnknownHostException unnamed) {
      throw new ConfigurationException(
          "This host's name has no address; set [engine] advertise_address to host:port, where"
              + " qinling-api reaches this engine",
          unnamed);
    }
  }
}
