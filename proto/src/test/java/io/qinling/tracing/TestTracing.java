// SPDX-License-Identifier: Apache-2.0
package io.qinling.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestTracing {
  private static final String COLLECTOR = "http://127.0.0.1:4318";

  private record Options(Optional<String> otlpEndpoint, double sampleRatio, Optional<Path> caFile)
      implements TracingConfig {}

  private static OpenTelemetry telemetry(String endpoint, double ratio, Path caFile) {
    var options = new Options(Optional.ofNullable(endpoint), ratio, Optional.ofNullable(caFile));
    return new Tracing().telemetry(options, "service", "1");
  }

  private static boolean samples(OpenTelemetry telemetry) {
    try {
      return telemetry.getTracer("").spanBuilder("s").startSpan().isRecording();
    } finally {
      new Tracing().stop(telemetry);
    }
  }

  @Test
  void nothingIsTracedWithoutAnEndpoint() {
    assertThat(telemetry(null, 1, null)).isSameAs(OpenTelemetry.noop());
  }

  @Test
  void theRatioDecidesWhatIsKept() {
    assertThat(samples(telemetry(COLLECTOR, 1, null))).isTrue();
    assertThat(samples(telemetry(COLLECTOR, 0, null))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector:4318", "grpc://collector:4317", "http:///", "http://a b"})
  void anEndpointIsAnAddressOfHttp(String endpoint) {
    assertThatThrownBy(() -> telemetry(endpoint, 1, null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("[tracing] otlp_endpoint = " + endpoint + " is not like http://collector:4318");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void aRatioIsBetweenZeroAndOne(double ratio) {
    assertThatThrownBy(() -> telemetry(COLLECTOR, ratio, null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("[tracing] sample_ratio");
  }

  @Test
  void theFileOfAuthoritiesMustBeThere() {
    assertThatThrownBy(() -> telemetry("https://collector:4318", 1, Path.of("/no/such/file")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("[tracing] ca_file")
        .hasMessageContaining("/no/such/file");
  }
}
