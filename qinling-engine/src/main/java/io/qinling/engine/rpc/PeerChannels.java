// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.qinling.credentials.SharedSecret;
import io.qinling.request.RequestIdCarrier;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/** Connections to other engines, by {@code host:port}; made when they are needed. */
final class PeerChannels implements AutoCloseable {
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(2);

  /** Engines allow a sign of life every 10 seconds. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  private static final Duration KEEP_ALIVE_PATIENCE = Duration.ofSeconds(5);

  private final SharedSecret secret;
  private final ConcurrentMap<String, ManagedChannel> channels = new ConcurrentHashMap<>();

  PeerChannels(SharedSecret secret) {
    this.secret = secret;
  }

  Channel to(String address) {
    return channels.compute(address, this::usable);
  }

  /** A channel that could not connect fails calls while it waits to try again, so it goes. */
  private ManagedChannel usable(String address, ManagedChannel known) {
    if (known != null && known.getState(false) != ConnectivityState.TRANSIENT_FAILURE) {
      return known;
    }
    if (known != null) {
      known.shutdown();
    }
    return NettyChannelBuilder.forTarget("dns:///" + address)
        .usePlaintext()
        .directExecutor()
        .intercept(secret, new RequestIdCarrier())
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_PATIENCE.toMillis())
        .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(KEEP_ALIVE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .build();
  }

  /** Calls under way end as they would. */
  void keepOnly(Set<String> addresses) {
    for (var address : channels.keySet()) {
      if (!addresses.contains(address)) {
        channels.remove(address).shutdown();
      }
    }
  }

  int count() {
    return channels.size();
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
