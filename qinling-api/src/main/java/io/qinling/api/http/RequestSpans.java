// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.qinling.request.RequestId;
import io.qinling.tracing.CurrentSpan;
import io.qinling.tracing.Tracing;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;

/**
 * A span for each request of the API, of which the calls of engines are children. It does not tell
 * the address: who knows the one of a webhook may call it.
 */
@ApplicationScoped
public class RequestSpans {
  private static final String TRACED = "/v1/";
  private static final TextMapGetter<MultiMap> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(MultiMap headers) {
          return headers.names();
        }

        @Override
        public String get(MultiMap headers, String name) {
          return headers.get(name);
        }
      };

  private final Tracer tracer;
  private final TextMapPropagator propagator;

  RequestSpans(OpenTelemetry telemetry) {
    this.tracer = telemetry.getTracer(Tracing.SCOPE);
    this.propagator = telemetry.getPropagators().getTextMapPropagator();
  }

  /** To be called once for a request, on its own context. */
  void begin(RoutingContext routing) {
    var request = routing.request();
    if (!request.path().startsWith(TRACED)) {
      return;
    }
    var span =
        tracer
            .spanBuilder(request.method().name())
            .setParent(propagator.extract(Context.root(), request.headers(), HEADERS))
            .setSpanKind(SpanKind.SERVER)
            .startSpan();
    if (span.getSpanContext().isValid()) {
      span.setAttribute("http.request.method", request.method().name())
          .setAttribute("qinling.request_id", RequestId.current());
      CurrentSpan.set(span);
      routing.addEndHandler(sent -> end(span, routing.response().getStatusCode(), sent.failed()));
    }
  }

  private static void end(Span span, int status, boolean isCutOff) {
    span.setAttribute("http.response.status_code", status);
    if (isCutOff || status >= 500) {
      span.setStatus(StatusCode.ERROR, isCutOff ? "The client has gone" : "");
    }
    span.end();
  }

  /** An address has a resource, the template of which tells more than the address. */
  @ServerRequestFilter(priority = Priorities.AUTHENTICATION)
  void name(ContainerRequestContext request) {
    var span = CurrentSpan.get();
    if (span.isRecording()) {
      var resource = CurrentRequestManager.get().getTarget();
      // The root of a resource has a slash of its own.
      var route =
          (resource.getClassPath().template + resource.getPath().template).replaceFirst("/$", "");
      span.updateName(request.getMethod() + " " + route).setAttribute("http.route", route);
    }
  }
}
