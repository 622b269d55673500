// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.identity.Caller;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table of runtimes. */
public final class RuntimeStore {
  private static final String SELECT =
      "SELECT id, project_id, name, description, image, status, is_public, trusted, created_at,"
          + " updated_at FROM runtimes";

  private static final Duration CACHED = Duration.ofSeconds(1);
  private static final long CACHED_RUNTIMES = 1_000;

  private final Cache<String, RuntimeRecord> cache =
      Caffeine.newBuilder().expireAfterWrite(CACHED).maximumSize(CACHED_RUNTIMES).build();
  private final Database database;

  public RuntimeStore(Database database) {
    this.database = database;
  }

  void insert(RuntimeRecord runtime) {
    database.run(connection -> {
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO runtimes (id, project_id, name, description, image, status,"
                  + " is_public, trusted, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
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
            runtime.createdAt());
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

  private List<RuntimeRecord> select(String sql, Object... parameters) {
    return database.run(connection -> {
      try (var select = connection.prepareStatement(sql)) {
        Rows.set(select, parameters);
        var found = new ArrayList<RuntimeRecord>();
        try (var rows = select.executeQuery()) {
          while (rows.next()) {
            found.add(read(rows));
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

  /** Sets the image and a status, unless the status has changed meanwhile; false then. */
  boolean setImage(
      String id, RuntimeStatus expected, RuntimeStatus status, String image, Instant now) {
    return change(
            id,
            "UPDATE runtimes SET status = ?, image = ?, updated_at = ? WHERE id = ? AND status = ?",
            status.text(),
            image,
            now,
            id,
            expected.text())
        == 1;
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
   * Sets the status to deleting, unless a function uses the runtime.
   *
   * @return false when a function uses it
   */
  boolean markDeleting(String id, Instant now) {
    boolean marked =
        database.inTransaction(connection -> {
          lock(connection, id);
          try (var update =
              connection.prepareStatement(
                  "UPDATE runtimes SET status = 'deleting', updated_at = ? WHERE id = ?"
                      + " AND NOT EXISTS (SELECT 1 FROM functions WHERE runtime_id = ?)")) {
            Rows.set(update, now, id, id);
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
