// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.flywaydb.core.api.resource.LoadableResource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestMigrations {
  private static final Path RESOURCES = Path.of("src/main/resources");

  @ParameterizedTest
  @EnumSource
  void everyFileIsNamed(DatabaseKind kind) {
    var named = new Migrations(kind).getResources("V", new String[] {".sql"});

    assertThat(named.stream().map(LoadableResource::getAbsolutePath))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of("common", kind.text()).flatMap(TestMigrations::files).toList());
  }

  private static Stream<String> files(String folder) {
    try (var files = Files.list(RESOURCES.resolve("db/migration", folder))) {
      return files.map(file -> RESOURCES.relativize(file).toString()).toList().stream();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
