// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class TestCurrentSpan {
  private static final Span SPAN =
      Span.wrap(
          SpanContext.create(
              "0af7651916cd43dd8448eb211c80319c",
              "b7ad6b7169203331",
              TraceFlags.getSampled(),
              TraceState.getDefault()));

  @Test
  void withoutATraceThereIsNoSpan() {
    CurrentSpan.within(
        Span.getInvalid(),
        () -> assertThat(CurrentSpan.get().getSpanContext().isValid()).isFalse());
    assertThat(CurrentSpan.traceParent(CurrentSpan.get())).isEmpty();
  }

  @Test
  void anActionTakesItsSpanToAnotherThread() throws InterruptedException {
    var seen = new ArrayList<Span>();
    var carried = new Runnable[1];

    CurrentSpan.within(
        SPAN, () -> carried[0] = CurrentSpan.carrying(() -> seen.add(CurrentSpan.get())));
    Thread.ofVirtual().start(carried[0]).join();

    assertThat(seen).containsExactly(SPAN);
    assertThat(CurrentSpan.get().getSpanContext().isValid()).isFalse();
  }

  @Test
  void aSpanIsToldAsTheStandardSays() {
    assertThat(CurrentSpan.traceParent(SPAN))
        .hasValue("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  }
}
