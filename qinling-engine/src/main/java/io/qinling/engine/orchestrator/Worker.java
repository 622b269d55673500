// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import java.net.InetSocketAddress;

/**
 * A worker that was claimed from a pool.
 *
 * @param name unique among all workers of a deployment
 * @param address where it speaks the worker protocol
 * @param secret what its callers must know
 */
public record Worker(String name, InetSocketAddress address, String secret) {
  @Override
  public String toString() {
    return name;
  }
}
