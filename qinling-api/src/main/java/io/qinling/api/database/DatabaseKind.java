// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.util.Locale;
import java.util.Optional;

/** The databases that are supported. Their SQL differs in migrations only. */
public enum DatabaseKind {
  /** Embedded, in a file; for single hosts. */
  H2,
  MARIADB,
  POSTGRESQL;

  /** Names its data source in the configuration of Quarkus and its folder of migrations. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a new connection begins with, beyond what its address says. */
  public Optional<String> sessionSql() {
    // The driver overrides the same setting in the address.
    return this == POSTGRESQL ? Optional.of("SET TIME ZONE 'UTC'") : Optional.empty();
  }
}
