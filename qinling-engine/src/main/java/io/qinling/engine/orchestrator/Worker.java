// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import java.net.InetSocketAddress;

/**
 * A worker that was claimed from a pool.
 *
 * @param name unique among all workers of a deployment
 * @param address where it speaks the worker protocol
 * @param secret what its callers must know; those of version 1 know none
 */
public record Worker(
    String name, InetSocketAddress address, String secret, WorkerProtocol protocol) {
  /** One that speaks version 2. */
  public Worker(String name, InetSocketAddress address, String secret) {
    this(name, address, secret, WorkerProtocol.VERSION_2);
  }

  @Override
  public String toString() {
    return name;
  }
}
