// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.grpc.ManagedChannel;
import io.qinling.api.engine.GrpcEngine;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One connection for each engine, made when it is first needed. When an engine leaves, its
 * connection ends as soon as the calls on it have.
 */
public final class EngineClients implements AutoCloseable {
  private final Map<String, EngineClient> byAddress = new ConcurrentHashMap<>();
  private final Function<String, ManagedChannel> connect;

  /**
   * @param connect makes a channel to an address
   */
  public EngineClients(EngineDirectory directory, Function<String, ManagedChannel> connect) {
    this.connect = connect;
    directory.whenChanged(() -> retain(directory));
  }

  GrpcEngine engine(EngineNode engine) {
    return client(engine.address()).engine();
  }

  private EngineClient client(String address) {
    var known = byAddress.get(address);
    return known != null
        ? known
        : byAddress.computeIfAbsent(
            address, missing -> new EngineClient(missing, connect.apply(missing)));
  }

  /**
   * Whether the last attempt to reach it, or to be understood, failed; not, while none was made.
   */
  boolean isFailing(EngineNode engine) {
    var known = byAddress.get(engine.address());
    return known != null && known.isFailing();
  }

  boolean isConnected(EngineNode engine) {
    var known = byAddress.get(engine.address());
    return known != null && known.isConnected();
  }

  /** How many connections are kept. */
  int size() {
    return byAddress.size();
  }

  private void retain(EngineDirectory directory) {
    var living = directory.engines().stream().map(EngineNode::address).collect(Collectors.toSet());
    var left = byAddress.keySet().stream().filter(address -> !living.contains(address)).toList();
    left.stream().map(byAddress::remove).filter(Objects::nonNull).forEach(EngineClient::retire);
  }

  @Override
  public void close() {
    byAddress.values().forEach(EngineClient::close);
  }
}
