// SPDX-License-Identifier: Apache-2.0
package io.qinling.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses API =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("io.qinling.api");

  @Test
  void onlyTheEdgeKnowsTheFramework() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.qinling.api.http", "io.qinling.api.config")
        .and()
        .haveSimpleNameNotEndingWith("Resource")
        .and()
        .haveSimpleNameNotEndingWith("Filter")
        .and()
        .doNotHaveSimpleName("Callers")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..", "io.vertx..")
        .check(API);
  }

  @Test
  void onlyTheConfigurationKnowsTheLibraryOfMetrics() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.qinling.api.config")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.qinling.metrics..")
        .check(API);
  }

  @Test
  void theApiKnowsNoKubernetesAndNotTheEngineItself() {
    noClasses()
        .should()
        .dependOnClassesThat(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "belong to Kubernetes or to the engine's code",
                type ->
                    type.getPackageName().startsWith("io.fabric8")
                        || (type.getPackageName().startsWith("io.qinling.engine")
                            && !type.getPackageName().startsWith("io.qinling.engine.v1"))))
        .check(API);
  }

  @Test
  void onlyTheClientOfTheEngineKnowsGrpc() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.qinling.api.engine..", "io.qinling.api.config")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", "io.qinling.engine.v1..")
        .check(API);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.qinling.api.(*)..").should().beFreeOfCycles().check(API);
  }
}
