// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** Says once that spans cannot be sent, and once that they can again. */
final class TraceExport implements SpanExporter {
  private static final Logger LOG = Logger.getLogger(TraceExport.class);

  private final String endpoint;
  private final SpanExporter exporter;
  private final AtomicBoolean failing = new AtomicBoolean();

  /**
   * @param endpoint for the log
   */
  TraceExport(String endpoint, SpanExporter exporter) {
    this.endpoint = endpoint;
    this.exporter = exporter;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    var sent = exporter.export(spans);
    return sent.whenComplete(() -> {
      if (!sent.isSuccess()) {
        if (!failing.getAndSet(true)) {
          LOG.warnf(
              "Traces cannot be sent and are dropped until they can: check [tracing] otlp_endpoint"
                  + " and its collector: endpoint=%s reason=%s",
              endpoint, reason(sent.getFailureThrowable()));
        }
      } else if (failing.getAndSet(false)) {
        LOG.infof("Traces are sent again: endpoint=%s", endpoint);
      }
    });
  }

  private static String reason(Throwable failure) {
    var innermost = failure;
    while (innermost != null && innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return String.valueOf(innermost);
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
