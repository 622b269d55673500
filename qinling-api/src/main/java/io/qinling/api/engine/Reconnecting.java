// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps calls from failing because the engine was away a moment ago, and from waiting for one that
 * takes a connection and says nothing. gRPC waits longer and longer between attempts to connect, up
 * to two minutes, and fails calls meanwhile; a call is a reason to try at once.
 */
public final class Reconnecting {
  /** An engine that is there takes a connection well within this time. */
  private static final Duration PATIENCE = Duration.ofMillis(300);

  /** For the first connection, when everything may be slow still. */
  private static final Duration FIRST_PATIENCE = Duration.ofSeconds(2);

  private final ManagedChannel channel;
  private volatile boolean silent;

  public Reconnecting(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Whether the last attempts to connect failed. */
  public boolean isFailing() {
    var state = channel.getState(false);
    return state == ConnectivityState.TRANSIENT_FAILURE
        || (silent && state != ConnectivityState.READY);
  }

  public boolean isConnected() {
    return channel.getState(false) == ConnectivityState.READY;
  }

  /**
   * Returns at once while the engine is connected, otherwise when it is, or after a moment.
   *
   * @throws QinlingException UNAVAILABLE when the engine takes the connection and says nothing
   */
  void beforeCall() {
    var state = channel.getState(true);
    if (state != ConnectivityState.READY) {
      awaitConnection(state);
    }
  }

  private void awaitConnection(ConnectivityState begin) {
    boolean failing = begin == ConnectivityState.TRANSIENT_FAILURE;
    if (failing) {
      channel.resetConnectBackoff();
    }
    var patience = failing || silent ? PATIENCE : FIRST_PATIENCE;
    long giveUpAt = System.nanoTime() + patience.toNanos();
    var state = begin;
    while (isUndecided(state, begin) && awaitChange(state, giveUpAt)) {
      state = channel.getState(true);
    }
    silent = state == ConnectivityState.CONNECTING;
    if (silent) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "The engine cannot be reached");
    }
  }

  /** A failure that is new says that the engine cannot be reached; an old one may pass. */
  private static boolean isUndecided(ConnectivityState state, ConnectivityState begin) {
    return switch (state) {
      case IDLE, CONNECTING -> true;
      case TRANSIENT_FAILURE -> begin == ConnectivityState.TRANSIENT_FAILURE;
      case READY, SHUTDOWN -> false;
    };
  }

  /** False when there was none in time. */
  private boolean awaitChange(ConnectivityState from, long giveUpAt) {
    var changed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(from, changed::countDown);
    try {
      return changed.await(giveUpAt - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
