// SPDX-License-Identifier: Apache-2.0
package io.qinling.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class TestLoggedErrors {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final LoggedErrors errors =
      new LoggedErrors(registry, "io.qinling.api", List.of("execution", "job"));

  @Test
  void aWarningCountsForTheComponentThatLogsIt() {
    publish("io.qinling.api.execution.Journal", Level.WARNING);
    publish("io.qinling.api.execution.deeper.Part", Level.WARNING);

    assertThat(count("execution", "warning")).isEqualTo(2);
    assertThat(count("execution", "error")).isZero();
    assertThat(count("job", "warning")).isZero();
  }

  @Test
  void errorsAreCountedApart() {
    publish("io.qinling.api.job.Jobs", Level.SEVERE);

    assertThat(count("job", "error")).isEqualTo(1);
    assertThat(count("job", "warning")).isZero();
  }

  @Test
  void whateverLogsThereAreNoMoreMeters() {
    int before = registry.getMeters().size();

    publish("io.qinling.api.unheard.Of", Level.WARNING);
    publish("io.qinling.apiary.job.Bees", Level.WARNING);
    publish(null, Level.WARNING);

    assertThat(count("other", "warning")).isEqualTo(3);
    assertThat(registry.getMeters()).hasSize(before);
  }

  @Test
  void informationIsNoTrouble() {
    publish("io.qinling.api.job.Jobs", Level.INFO);

    assertThat(count("job", "warning")).isZero();
  }

  private void publish(String logger, Level level) {
    var event = new LogRecord(level, "Something happened");
    event.setLoggerName(logger);
    errors.publish(event);
  }

  private double count(String component, String level) {
    return registry
        .get("qinling.errors")
        .tags("component", component, "level", level)
        .counter()
        .count();
  }
}
