// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.opentelemetry.api.OpenTelemetry;
import io.qinling.tracing.TraceCarrier;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;

/** Goes on with the traces that calls are part of. */
@ApplicationScoped
@GlobalInterceptor
public class TraceInterceptor implements ServerInterceptor {
  private final TraceCarrier carrier;

  TraceInterceptor(OpenTelemetry telemetry) {
    this.carrier = new TraceCarrier(telemetry);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return carrier.interceptCall(call, headers, next);
  }
}
