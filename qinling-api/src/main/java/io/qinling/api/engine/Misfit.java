// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.qinling.error.GrpcErrors;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Notices that an engine which can be reached does not belong to this deployment: it has another
 * secret, or is of a release that does not know a call. It is reported once, until it fits again.
 */
public final class Misfit implements ClientInterceptor {
  private static final Logger LOG = Logger.getLogger(Misfit.class);

  /** After it, a call finds out whether the engine fits now. */
  private static final Duration LEFT_OUT = Duration.ofSeconds(10);

  private final String engine;
  private volatile boolean misfit;
  private volatile long foundNanos;

  /**
   * @param engine its address, for the log
   */
  public Misfit(String engine) {
    this.engine = engine;
  }

  /** Whether it is not worth asking: it did not fit a moment ago. */
  public boolean isMisfit() {
    return misfit && System.nanoTime() - foundNanos < LEFT_OUT.toNanos();
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                learn(method, status, trailers);
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }

  private void learn(MethodDescriptor<?, ?> method, Status status, Metadata trailers) {
    if (status.isOk() || GrpcErrors.isAnswer(trailers)) {
      misfit = false;
      return;
    }
    switch (status.getCode()) {
      case UNAUTHENTICATED ->
          found(
              "An engine has another secret and is left out; set the same [engine] secret there:"
                  + " engine=%s",
              engine);
      case UNIMPLEMENTED ->
          found(
              "An engine does not know a call and is left out; bring it to this release: engine=%s"
                  + " call=%s",
              engine, method.getFullMethodName());
      default -> {}
    }
  }

  private void found(String message, Object... values) {
    foundNanos = System.nanoTime();
    if (!misfit) {
      misfit = true;
      LOG.errorf(message, values);
    }
  }
}
