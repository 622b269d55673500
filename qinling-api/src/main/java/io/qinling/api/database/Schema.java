// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;

/**
 * The tables, and their way from version to version, see {@link Migrations}. Several processes may
 * migrate at once; one does it, the others wait.
 */
public final class Schema {
  private static final String BEFORE_FIRST = "0";

  private final DatabaseKind kind;
  private final DataSource dataSource;
  private final Flyway flyway;

  public Schema(DatabaseUrl url) {
    this(url.kind(), url.unpooled());
  }

  public Schema(DatabaseKind kind, DataSource dataSource) {
    this.kind = kind;
    this.dataSource = dataSource;
    this.flyway =
        Flyway.configure(Schema.class.getClassLoader())
            .dataSource(dataSource)
            .resourceProvider(new Migrations(kind))
            .javaMigrationClassProvider(Collections::emptyList)
            .placeholders(placeholders(kind))
            .baselineVersion(BEFORE_FIRST)
            .baselineDescription("Left by Qinling 5")
            // Reached only with tables that Ancestry accepts.
            .baselineOnMigrate(true)
            .load();
  }

  private static Map<String, String> placeholders(DatabaseKind kind) {
    return switch (kind) {
      case H2 ->
          Map.of("text", "CLOB", "time", "TIMESTAMP(6)", "table", "", "now", "LOCALTIMESTAMP");
      case MARIADB ->
          Map.of(
              "text",
              "LONGTEXT",
              "time",
              "DATETIME(6)",
              "table",
              "ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
              "now",
              "UTC_TIMESTAMP(6)");
      case POSTGRESQL ->
          Map.of(
              "text",
              "TEXT",
              "time",
              "TIMESTAMP(6)",
              "table",
              "",
              "now",
              "CURRENT_TIMESTAMP AT TIME ZONE 'UTC'");
    };
  }

  /**
   * Brings the tables to the newest version, from nothing, from an earlier version, or from where
   * the last migration of Qinling 5 left them.
   *
   * @throws SchemaException when the tables are none of these, or a migration fails
   * @throws io.qinling.error.QinlingException UNAVAILABLE when the database cannot be reached
   */
  public void migrate() {
    boolean hasHistory = check();
    try {
      runMigrations();
    } catch (FlywayException failed) {
      if (hasHistory) {
        throw failure(failed);
      }
      // Two processes that make the history at the same time fail one another.
      migrateAgain();
    }
  }

  private void migrateAgain() {
    check();
    try {
      runMigrations();
    } catch (FlywayException failed) {
      throw failure(failed);
    }
  }

  private void runMigrations() {
    if (states().anyMatch(MigrationState.FAILED::equals)) {
      // Where a part of it stays, it can be repeated: see V1.
      flyway.repair();
    }
    flyway.migrate();
  }

  private Stream<MigrationState> states() {
    return Arrays.stream(flyway.info().all()).map(MigrationInfo::getState);
  }

  private boolean check() {
    try (var connection = dataSource.getConnection()) {
      return Ancestry.check(kind, connection);
    } catch (SQLException failed) {
      throw SqlFailures.isUnavailable(failed)
          ? SqlFailures.unavailable(failed)
          : new SchemaException("The database cannot be used: " + failed.getMessage(), failed);
    }
  }

  private MigrationInfoService info() {
    check();
    try {
      return flyway.info();
    } catch (FlywayException failed) {
      throw failure(failed);
    }
  }

  private static RuntimeException failure(FlywayException failed) {
    var what = failed.getMessage().strip().lines().findFirst().orElse("");
    for (Throwable cause = failed.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException said) {
        if (SqlFailures.isUnavailable(said)) {
          return SqlFailures.unavailable(said);
        }
        what += ": " + said.getMessage();
        break;
      }
    }
    return new SchemaException("The database cannot be migrated: " + what, failed);
  }

  /** Migrations that were not run yet, in their order. */
  public List<String> pending() {
    return Arrays.stream(info().pending()).map(Schema::label).toList();
  }

  /** The version at which the tables are; empty before the first migration. */
  public String version() {
    var current = info().current();
    return current == null ? "" : current.getVersion().toString();
  }

  /** All migrations with their state, in their order. */
  public List<String> history() {
    return Arrays.stream(info().all())
        .map(migration -> label(migration) + " (" + migration.getState().getDisplayName() + ")")
        .toList();
  }

  private static String label(MigrationInfo migration) {
    return migration.getVersion() + " " + migration.getDescription();
  }
}
