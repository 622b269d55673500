// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.qinling.request.RequestIdCarrier;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;

/** Makes calls part of the request that caused them. */
@ApplicationScoped
@GlobalInterceptor
public class RequestIdInterceptor implements ServerInterceptor {
  private final RequestIdCarrier carrier = new RequestIdCarrier();

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return carrier.interceptCall(call, headers, next);
  }
}
