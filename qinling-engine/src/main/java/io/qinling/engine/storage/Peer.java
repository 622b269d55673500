// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import static java.util.Objects.requireNonNull;

/**
 * Another engine.
 *
 * @param name unique among the engines of a deployment
 * @param address {@code host:port} at which it is called
 */
public record Peer(String name, String address) {
  public Peer {
    requireNonNull(name, "name");
    requireNonNull(address, "address");
  }
}
