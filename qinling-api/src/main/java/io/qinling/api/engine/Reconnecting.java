// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps calls from failing because the engine was away a moment ago. gRPC waits longer and longer
 * between attempts to connect, up to two minutes, and fails calls meanwhile; a call is a reason to
 * try at once.
 */
public final class Reconnecting {
  /** An engine that is there takes a connection well within this time. */
  private static final Duration PATIENCE = Duration.ofMillis(300);

  private final ManagedChannel channel;

  public Reconnecting(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Returns at once while the engine is connected, otherwise when it is, or after a moment. */
  void beforeCall() {
    if (channel.getState(true) != ConnectivityState.TRANSIENT_FAILURE) {
      return;
    }
    var changed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.TRANSIENT_FAILURE, changed::countDown);
    channel.resetConnectBackoff();
    try {
      boolean _ = changed.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
