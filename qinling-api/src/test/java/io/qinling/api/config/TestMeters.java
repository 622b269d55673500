// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qinling.api.execution.ExecutionStatus;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TestMeters {
  private static final String SERVICE = "io.qinling.api.";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void everyPackageIsAComponent() {
    var packages =
        new ClassFileImporter()
            .withImportOption(new DoNotIncludeTests()).importPackages("io.qinling.api").stream()
                .map(type -> type.getPackageName())
                .filter(name -> name.startsWith(SERVICE))
                .map(name -> name.substring(SERVICE.length()).split("\\.", 2)[0])
                .collect(Collectors.toSet());

    assertThat(Meters.COMPONENTS).containsExactlyInAnyOrderElementsOf(packages);
  }

  @Test
  void executionsAreCountedByTheirEnd() {
    var meter = Meters.executions(registry);
    int meters = registry.getMeters().size();

    meter.ended(ExecutionStatus.SUCCESS);
    meter.ended(ExecutionStatus.SUCCESS);
    meter.ended(ExecutionStatus.FAILED);
    meter.refused();
    meter.answered(Duration.ofMillis(30).toNanos());

    assertThat(count("success")).isEqualTo(2);
    assertThat(count("failed")).isEqualTo(1);
    assertThat(count("error")).isZero();
    assertThat(count("refused")).isEqualTo(1);
    assertThat(registry.get("qinling.execution").timer().totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(30);
    assertThat(registry.getMeters()).hasSize(meters);
  }

  private double count(String status) {
    return registry.get("qinling.executions").tag("status", status).counter().count();
  }
}
