// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Makes the service's {@link OpenTelemetry} of section {@code [tracing]}: one that does nothing
 * unless an operator wants traces. It is made by hand, since Quarkus's extension would look at
 * every request also when it is switched off.
 */
@ApplicationScoped
public class Tracing {
  /** Of the instrumentation, as spans tell it. */
  public static final String SCOPE = "io.qinling";

  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(2);
  private static final Duration EXPORT_PATIENCE = Duration.ofSeconds(5);
  private static final Duration EXPORT_PERIOD = Duration.ofSeconds(1);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(1);

  /**
   * @throws ConfigurationException naming the option that cannot be
   */
  @Produces
  @Singleton
  OpenTelemetry telemetry(
      TracingConfig config,
      @ConfigProperty(name = "quarkus.application.name") String service,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    requirePossible(config);
    return config
        .otlpEndpoint()
        .map(endpoint -> sdk(exporter(endpoint, config), config.sampleRatio(), service, version))
        .orElseGet(OpenTelemetry::noop);
  }

  /**
   * @throws ConfigurationException naming the option that cannot be
   */
  public static void requirePossible(TracingConfig config) {
    double ratio = config.sampleRatio();
    if (!(ratio >= 0 && ratio <= 1)) {
      throw new ConfigurationException(
          "[tracing] sample_ratio = " + ratio + " is not between 0 and 1");
    }
    config.otlpEndpoint().ifPresent(Tracing::address);
    config.caFile().ifPresent(Tracing::read);
  }

  private static OpenTelemetry sdk(
      SpanExporter exporter, double ratio, String service, String version) {
    var resource =
        Resource.create(
            Attributes.of(
                AttributeKey.stringKey("service.name"),
                service,
                AttributeKey.stringKey("service.version"),
                version));
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .setResource(resource)
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(ratio)))
                .addSpanProcessor(
                    BatchSpanProcessor.builder(exporter).setScheduleDelay(EXPORT_PERIOD).build())
                .build())
        .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
        .build();
  }

  private static SpanExporter exporter(String endpoint, TracingConfig config) {
    var builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(address(endpoint))
            .setConnectTimeout(CONNECT_PATIENCE)
            .setTimeout(EXPORT_PATIENCE)
            // What is lost while the collector is away is not worth keeping.
            .setRetryPolicy(null);
    config.caFile().ifPresent(file -> builder.setTrustedCertificates(read(file)));
    return new TraceExport(endpoint, builder.build());
  }

  private static String address(String endpoint) {
    try {
      var address = URI.create(endpoint);
      if (address.getHost() != null
          && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
        return endpoint.replaceFirst("/+$", "") + "/v1/traces";
      }
    } catch (IllegalArgumentException malformed) {
      // Said below, as the framework would print pages of a cause.
    }
    throw new ConfigurationException(
        "[tracing] otlp_endpoint = " + endpoint + " is not like http://collector:4318");
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "[tracing] ca_file must name a file that can be read: " + file);
    }
  }

  void stop(@Disposes OpenTelemetry telemetry) {
    if (telemetry instanceof OpenTelemetrySdk sdk) {
      sdk.shutdown().join(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
