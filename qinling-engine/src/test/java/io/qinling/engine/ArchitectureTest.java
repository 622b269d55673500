// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses ENGINE =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("io.qinling.engine")
          .that(
              com.tngtech.archunit.base.DescribedPredicate.not(
                  com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage(
                      "io.qinling.engine.v1")));

  @Test
  void onlyTheEdgeKnowsTheFramework() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.qinling.engine.rpc", "io.qinling.engine.config")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..", "io.vertx..", "io.grpc..")
        .check(ENGINE);
  }

  @Test
  void onlyTheConfigurationKnowsTheLibraryOfMetrics() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.qinling.engine.config")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.qinling.metrics..")
        .check(ENGINE);
  }

  @Test
  void theEngineKnowsNoDatabaseAndNoKeystone() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "..keystone..", "io.qinling.api..")
        .check(ENGINE);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.qinling.engine.(**)").should().beFreeOfCycles().check(ENGINE);
  }

  @Test
  void onlyTheConfigurationChoosesPlugIns() {
    classes()
        .that()
        .resideInAnyPackage("..orchestrator.*..", "..storage.*..", "..coordination.*..")
        .should()
        .onlyHaveDependentClassesThat()
        .resideInAnyPackage(
            "..orchestrator.*..", "..storage.*..", "..coordination.*..", "..engine.config")
        .check(ENGINE);
  }
}
