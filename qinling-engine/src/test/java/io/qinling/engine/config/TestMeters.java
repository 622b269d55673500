// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qinling.engine.execution.ExecutionOutcome;
import io.qinling.engine.execution.ExecutionOutcome.Status;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TestMeters {
  private static final String SERVICE = "io.qinling.engine.";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void everyPackageIsAComponent() {
    var packages =
        new ClassFileImporter()
            .withImportOption(new DoNotIncludeTests()).importPackages("io.qinling.engine").stream()
                .map(type -> type.getPackageName())
                .filter(name -> name.startsWith(SERVICE) && !name.equals(SERVICE + "v1"))
                .map(name -> name.substring(SERVICE.length()).split("\\.", 2)[0])
                .collect(Collectors.toSet());

    assertThat(Meters.COMPONENTS).containsExactlyInAnyOrderElementsOf(packages);
  }

  @Test
  void aRunIsCountedWithItsTimes() {
    var meter = Meters.executions(registry);
    int meters = registry.getMeters().size();

    meter.ended(new ExecutionOutcome(Status.SUCCESS, "{}", "", 0.02, 5_000_000, 30_000_000));

    assertThat(count("success")).isEqualTo(1);
    assertThat(millis("qinling.wait")).isEqualTo(5);
    assertThat(millis("qinling.run")).isEqualTo(30);
    assertThat(registry.getMeters()).hasSize(meters);
  }

  @Test
  void whatNeverReachedAWorkerHasNoTimeThere() {
    var meter = Meters.executions(registry);

    meter.ended(new ExecutionOutcome(Status.ERROR, "{}", "", 0, 5_000_000, 0));

    assertThat(count("error")).isEqualTo(1);
    assertThat(registry.get("qinling.run").timer().count()).isZero();
  }

  @Test
  void wantOfRoomIsCountedApartFromOtherReasons() {
    var meter = Meters.executions(registry);

    meter.notRun(new QinlingException(ErrorCode.OVERLOADED, "full"));
    meter.notRun(new QinlingException(ErrorCode.CONFLICT, "cancelled"));
    meter.notRun(new IllegalStateException());

    assertThat(count("refused")).isEqualTo(1);
    assertThat(count("not_run")).isEqualTo(2);
  }

  private double count(String status) {
    return registry.get("qinling.runs").tag("status", status).counter().count();
  }

  private double millis(String timer) {
    return registry.get(timer).timer().totalTime(TimeUnit.MILLISECONDS);
  }
}
