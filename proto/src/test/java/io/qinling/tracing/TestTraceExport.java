// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestTraceExport {
  private final List<String> said = new ArrayList<>();
  private final Handler log =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          var message = String.format(line.getMessage(), line.getParameters());
          said.add(line.getLevel() + " " + message);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private CompletableResultCode next;
  private final TraceExport export =
      new TraceExport(
          "http://c",
          new SpanExporter() {
            @Override
            public CompletableResultCode export(Collection<SpanData> spans) {
              return next;
            }

            @Override
            public CompletableResultCode flush() {
              return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode shutdown() {
              return CompletableResultCode.ofSuccess();
            }
          });

  @BeforeEach
  void listen() {
    Logger.getLogger(TraceExport.class.getName()).addHandler(log);
  }

  @AfterEach
  void listenNoMore() {
    Logger.getLogger(TraceExport.class.getName()).removeHandler(log);
  }

  private void exportEnding(CompletableResultCode result) {
    next = result;
    export.export(List.of());
  }

  @Test
  void aFailureIsToldOnceAndItsEndToo() {
    var refused = new CompletionException(new ConnectException("refused"));

    exportEnding(CompletableResultCode.ofSuccess());
    exportEnding(CompletableResultCode.ofExceptionalFailure(refused));
    exportEnding(CompletableResultCode.ofFailure());
    exportEnding(CompletableResultCode.ofSuccess());
    exportEnding(CompletableResultCode.ofSuccess());
    exportEnding(CompletableResultCode.ofFailure());

    assertThat(said).hasSize(3);
    assertThat(said.get(0))
        .startsWith("WARN")
        .contains("Traces cannot be sent")
        .endsWith("endpoint=http://c reason=java.net.ConnectException: refused");
    assertThat(said.get(1)).startsWith("INFO").contains("Traces are sent again");
    assertThat(said.get(2)).startsWith("WARN");
  }
}
