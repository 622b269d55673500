// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;

/**
 * Takes a trace from one service to the other: as a client interceptor it makes a span of each call
 * that is part of a trace, as a server interceptor one of each call that says so.
 */
public final class TraceCarrier implements ClientInterceptor, ServerInterceptor {
  private static final TextMapGetter<Metadata> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Metadata headers) {
          return headers.keys();
        }

        @Override
        public String get(Metadata headers, String name) {
          return headers.get(key(name));
        }
      };

  private static final Metadata.Key<String> TRACE_PARENT = key("traceparent");

  private final Tracer tracer;
  private final TextMapPropagator propagator;

  public TraceCarrier(OpenTelemetry telemetry) {
    this.tracer = telemetry.getTracer(Tracing.SCOPE);
    this.propagator = telemetry.getPropagators().getTextMapPropagator();
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    var call = next.newCall(method, options);
    var caller = CurrentSpan.get();
    if (!caller.getSpanContext().isValid()) {
      return call;
    }
    return new SimpleForwardingClientCall<>(call) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        var span = begin(method, SpanKind.CLIENT, CurrentSpan.context(caller));
        span.setAttribute("server.address", next.authority());
        propagator.inject(
            CurrentSpan.context(span), headers, (to, name, value) -> to.put(key(name), value));
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                end(span, status);
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (!headers.containsKey(TRACE_PARENT)) {
      return next.startCall(call, headers);
    }
    var parent = propagator.extract(Context.root(), headers, HEADERS);
    var span = begin(call.getMethodDescriptor(), SpanKind.SERVER, parent);
    var traced =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            end(span, status);
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<>(next.startCall(traced, headers)) {
      @Override
      public void onMessage(Q message) {
        CurrentSpan.within(span, () -> super.onMessage(message));
      }

      @Override
      public void onHalfClose() {
        CurrentSpan.within(span, super::onHalfClose);
      }

      @Override
      public void onCancel() {
        end(span, Status.CANCELLED);
        CurrentSpan.within(span, super::onCancel);
      }
    };
  }

  private Span begin(MethodDescriptor<?, ?> method, SpanKind kind, Context parent) {
    return tracer
        .spanBuilder(method.getFullMethodName())
        .setParent(parent)
        .setSpanKind(kind)
        .setAttribute("rpc.system", "grpc")
        .setAttribute("rpc.service", method.getServiceName())
        .setAttribute("rpc.method", method.getBareMethodName())
        .startSpan();
  }

  private static void end(Span span, Status status) {
    span.setAttribute("rpc.grpc.status_code", status.getCode().value());
    if (!status.isOk()) {
      span.setStatus(StatusCode.ERROR, status.getCode().name());
    }
    span.end();
  }
}
