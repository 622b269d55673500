// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import java.util.Optional;

/**
 * An engine that can be asked.
 *
 * @param name unique among the engines
 * @param address {@code host:port}
 * @param instance another one for each start of its process; empty when nobody tells
 * @param draining whether it takes nothing new
 */
public record EngineNode(String name, String address, Optional<String> instance, boolean draining) {
  /** An engine of which only the address is known. */
  static EngineNode at(String address) {
    return new EngineNode(address, address, Optional.empty(), false);
  }
}
