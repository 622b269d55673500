// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.qinling.request.Carried;
import java.util.Optional;

/** The span of the work that is being done; it goes where the id of the request goes. */
public final class CurrentSpan {
  private static final Carried<Span> SPAN = new Carried<>("span");

  private CurrentSpan() {}

  /** One that is not valid where nothing is traced. */
  public static Span get() {
    var span = SPAN.current();
    return span == null ? Span.getInvalid() : span;
  }

  /** To make a child of it. */
  public static Context context() {
    return context(get());
  }

  /** To make a child of a span. */
  public static Context context(Span span) {
    return Context.root().with(span);
  }

  /** Makes it the one of the request's own context. */
  public static void set(Span span) {
    SPAN.set(span);
  }

  /** Does something within a span; within one that is not valid, as if there were none. */
  public static void within(Span span, Runnable action) {
    SPAN.within(span.getSpanContext().isValid() ? span : null, action);
  }

  /** The same action within the current span, for use on another thread. */
  public static Runnable carrying(Runnable action) {
    return SPAN.carrying(action);
  }

  /** What the header {@code traceparent} says of a span; empty when it is not valid. */
  public static Optional<String> traceParent(Span span) {
    var context = span.getSpanContext();
    return context.isValid()
        ? Optional.of(
            "00-"
                + context.getTraceId()
                + "-"
                + context.getSpanId()
                + "-"
                + context.getTraceFlags().asHex())
        : Optional.empty();
  }
}
