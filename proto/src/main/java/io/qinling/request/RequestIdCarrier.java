// SPDX-License-Identifier: Apache-2.0
package io.qinling.request;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Takes the id of a request from one service to the other. As a client interceptor it adds the id
 * to each call, as a server interceptor it makes the call part of that request.
 */
public final class RequestIdCarrier implements ClientInterceptor, ServerInterceptor {
  private static final Metadata.Key<String> KEY =
      Metadata.Key.of(RequestId.HEADER, Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    var id = RequestId.current();
    var call = next.newCall(method, options);
    return id == null
        ? call
        : new SimpleForwardingClientCall<>(call) {
          @Override
          public void start(Listener<A> listener, Metadata headers) {
            headers.put(KEY, id);
            super.start(listener, headers);
          }
        };
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    var id = headers.get(KEY);
    var listener = next.startCall(call, headers);
    return id == null
        ? listener
        : new SimpleForwardingServerCallListener<>(listener) {
          @Override
          public void onMessage(Q message) {
            RequestId.within(id, () -> super.onMessage(message));
          }

          @Override
          public void onHalfClose() {
            RequestId.within(id, super::onHalfClose);
          }

          @Override
          public void onCancel() {
            RequestId.within(id, super::onCancel);
          }
        };
  }
}
