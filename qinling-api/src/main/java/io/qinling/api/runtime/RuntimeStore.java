// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.qinling.api.database.Database;
import io.qinling.api.database.Database.RowReader;
import io.qinling.api.database.Rows;
import io.qinling.api.identity.Caller;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** The table of runtimes. */
public final class RuntimeStore {
  private static final String SELECT =
      "SELECT id, project_id, name, description, image, former_image, status, is_public, trusted,"
          + " created_at, updated_at, api_id FROM runtimes";

  /** What no process brings to an end that is entered, and what one is to bring to an end. */
  private static final String ORPHANS =
      SELECT
          + " WHERE status IN ('creating', 'upgrading', 'deleting') AND (api_id IS NULL"
          + " OR api_id = ? OR api_id NOT IN (SELECT id FROM api_instances))"
          + " ORDER BY created_at, id";

  private static final Duration CACHED = Duration.ofSeconds(1);
  private static final long CACHED_RUNTIMES = 1_000;

  private final Cache<String, RuntimeRecord> cache =
      Caffeine.newBuilder().expireAfterWrite(CACHED).maximumSize(CACHED_RUNTIMES).build();
  private final Database database;
  private final Supplier<String> apiId;

  /**
   * @param apiId under which this process stands in the database now
   */
  public RuntimeStore(Database database, Supplier<String> apiId) {
    this.database = database;
    this.apiId = apiId;
  }

  /**
   * A runtime whose pool is not yet what it says.
   *
   * @param apiId the process that was to bring it to an end, or null
   */
  record Orphan(RuntimeRecord runtime, String apiId) {}

  /** Enters a runtime whose pool this process is to make. */
  void insert(RuntimeRecord runtime) {
    database.run(connection -> {
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO runtimes (id, project_id, name, description, image, status,"
                  + " is_public, trusted, created_at, api_id)"
                  + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        Rows.set(
            insert,
            runtime.id(),
            runtime.projectId(),
            runtime.name(),
            runtime.description(),
            runtime.image(),
            runtime.status().text(),
            runtime.isPublic(),
            runtime.trusted(),
            runtime.createdAt(),
            apiId.get());
        return insert.executeUpdate();
      }
    });
  }

  public Optional<RuntimeRecord> find(String id) {
    return select(SELECT + " WHERE id = ?", id).stream().findFirst();
  }

  /**
   * As {@link #find}, but what another process changed may be a second old. For the path of calls.
   */
  Optional<RuntimeRecord> findCached(String id) {
    return Optional.ofNullable(cache.get(id, missing -> find(missing).orElse(null)));
  }

  List<RuntimeRecord> listVisible(Caller caller) {
    return select(
        SELECT + " WHERE project_id = ? OR is_public ORDER BY created_at, id", caller.projectId());
  }

  List<RuntimeRecord> listAll() {
    return select(SELECT + " ORDER BY created_at, id");
  }

  /** Runtimes that this process is to bring to an end, or that nobody does. */
  List<Orphan> orphans() {
    return select(ORPHANS, row -> new Orphan(read(row), row.getString("api_id")), apiId.get());
  }

  /** Makes an orphan this process's own, unless another process or its end was faster. */
  boolean claim(Orphan orphan) {
    return database.execute(
            "UPDATE runtimes SET api_id = ?"
                + " WHERE id = ? AND status = ? AND COALESCE(api_id, '') = ?",
            apiId.get(),
            orphan.runtime().id(),
            orphan.runtime().status().text(),
            Objects.requireNonNullElse(orphan.apiId(), ""))
        == 1;
  }

  /** Whether a runtime still has the status, and this process is to bring that to its end. */
  boolean isLeft(RuntimeRecord runtime) {
    return select(
                SELECT + " WHERE id = ? AND status = ? AND (api_id = ? OR status = 'available')",
                runtime.id(),
                runtime.status().text(),
                apiId.get())
            .size()
        == 1;
  }

  private List<RuntimeRecord> select(String sql, Object... parameters) {
    return select(sql, RuntimeStore::read, parameters);
  }

  private <T> List<T> select(String sql, RowReader<T> reader, Object... parameters) {
    return database.run(connection -> {
      try (var select = connection.prepareStatement(sql)) {
        Rows.set(select, parameters);
        var found = new ArrayList<T>();
        try (var rows = select.executeQuery()) {
          while (rows.next()) {
            found.add(reader.read(rows));
          }
        }
        return found;
      }
    });
  }

  private static RuntimeRecord read(ResultSet row) throws SQLException {
    return new RuntimeRecord(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("name"),
        row.getString("description"),
        row.getString("image"),
        row.getString("former_image"),
        RuntimeStatus.of(row.getString("status")),
        row.getBoolean("is_public"),
        row.getBoolean("trusted"),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"));
  }

  /** Writes what a client may change. */
  void update(RuntimeRecord runtime) {
    change(
        runtime.id(),
        "UPDATE runtimes SET name = ?, description = ?, is_public = ?, updated_at = ? WHERE id = ?",
        runtime.name(),
        runtime.description(),
        runtime.isPublic(),
        runtime.updatedAt(),
        runtime.id());
  }

  /** Begins an upgrade that this process is to make, unless the runtime is not available. */
  boolean startUpgrade(String id, String image, Instant now) {
    return change(
            id,
            "UPDATE runtimes SET status = 'upgrading', former_image = image, image = ?,"
                + " updated_at = ?, api_id = ? WHERE id = ? AND status = 'available'",
            image,
            now,
            apiId.get(),
            id)
        == 1;
  }

  /** Ends an upgrade with the image that the pool has, unless another process was faster. */
  void endUpgrade(String id, String image, Instant now) {
    change(
        id,
        "UPDATE runtimes SET status = 'available', former_image = NULL, image = ?,"
            + " updated_at = ? WHERE id = ? AND status = 'upgrading'",
        image,
        now,
        id);
  }

  /** Sets a status, unless it has changed meanwhile; false then. */
  boolean setStatus(String id, RuntimeStatus expected, RuntimeStatus status, Instant now) {
    return change(
            id,
            "UPDATE runtimes SET status = ?, updated_at = ? WHERE id = ? AND status = ?",
            status.text(),
            now,
            id,
            expected.text())
        == 1;
  }

  /**
   * Sets the status to deleting, which this process is to do, unless a function uses the runtime.
   *
   * @return false when a function uses it
   */
  boolean markDeleting(String id, Instant now) {
    boolean marked =
        database.inTransaction(connection -> {
          lock(connection, id);
          try (var update =
              connection.prepareStatement(
                  "UPDATE runtimes SET status = 'deleting', updated_at = ?, api_id = ? WHERE id = ?"
                      + " AND NOT EXISTS (SELECT 1 FROM functions WHERE runtime_id = ?)")) {
            Rows.set(update, now, apiId.get(), id, id);
            return update.executeUpdate() == 1;
          }
        });
    cache.invalidate(id);
    return marked;
  }

  /**
   * Keeps the runtime as it is until the transaction ends, so that no function is made for one that
   * is being removed.
   *
   * @return whether it is available
   */
  public static boolean lockAvailable(Connection connection, String id) throws SQLException {
    return lock(connection, id).filter(RuntimeStatus.AVAILABLE.text()::equals).isPresent();
  }

  private static Optional<String> lock(Connection connection, String id) throws SQLException {
    try (var select =
        connection.prepareStatement("SELECT status FROM runtimes WHERE id = ? FOR UPDATE")) {
      Rows.set(select, id);
      try (var rows = select.executeQuery()) {
        return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
      }
    }
  }

  void delete(String id) {
    change(id, "DELETE FROM runtimes WHERE id = ?", id);
  }

  private int change(String id, String sql, Object... parameters) {
    int changed = database.execute(sql, parameters);
    cache.invalidate(id);
    return changed;
  }
}
