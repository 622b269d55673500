// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.flywaydb.core.api.Location;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.flywaydb.core.internal.resource.classpath.ClassPathResource;

/** The migrations of a database by name: a native executable has no folders to search. */
final class Migrations implements ResourceProvider {
  private static final String FOLDER = "db/migration/";

  /** In their order. What stands for %s is the database's own. */
  private static final List<String> FILES =
      List.of(
          "common/V1__upstream_schema.sql",
          "common/V1_1__fill_gaps.sql",
          "%s/V1_2__column_types.sql",
          "common/V2__packages_and_indexes.sql",
          "common/V3__jobs.sql",
          "common/V4__function_versions.sql",
          "common/V5__api_instances.sql",
          "common/V6__unfinished_runtimes.sql");

  private final List<LoadableResource> files;

  Migrations(DatabaseKind kind) {
    files = FILES.stream().map(file -> file(file.formatted(kind.text()))).toList();
  }

  private static LoadableResource file(String path) {
    var folder = Location.fromPath("classpath:", FOLDER + path.substring(0, path.indexOf('/')));
    return new ClassPathResource(folder, FOLDER + path, Migrations.class.getClassLoader(), UTF_8);
  }

  @Override
  public LoadableResource getResource(String name) {
    return files.stream()
        .filter(file -> file.getRelativePath().equals(name))
        .findFirst()
        .orElse(null);
  }

  @Override
  public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
    return files.stream()
        .filter(file -> file.getFilename().startsWith(prefix))
        .filter(file -> Arrays.stream(suffixes).anyMatch(file.getFilename()::endsWith))
        .toList();
  }
}
