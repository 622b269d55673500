// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.qinling.api.engine.GrpcEngine;
import io.qinling.api.engine.Misfit;
import io.qinling.api.engine.Reconnecting;

/** The connection to one engine, whichever process answers there. */
final class EngineClient {
  private final ManagedChannel channel;
  private final Reconnecting reconnecting;
  private final Misfit misfit;
  private final GrpcEngine engine;

  EngineClient(String address, ManagedChannel channel) {
    this.channel = channel;
    this.reconnecting = new Reconnecting(channel);
    this.misfit = new Misfit(address);
    this.engine = new GrpcEngine(ClientInterceptors.intercept(channel, misfit), reconnecting);
  }

  GrpcEngine engine() {
    return engine;
  }

  boolean isFailing() {
    return misfit.isMisfit() || reconnecting.isFailing();
  }

  boolean isConnected() {
    return reconnecting.isConnected();
  }

  /** Ends when its calls have; new ones fail as if the engine could not be reached. */
  void retire() {
    channel.shutdown();
  }

  void close() {
    channel.shutdownNow();
  }
}
