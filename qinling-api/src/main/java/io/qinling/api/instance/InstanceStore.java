// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

import io.qinling.api.database.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The table of processes. */
public final class InstanceStore {
  private final Database database;

  public InstanceStore(Database database) {
    this.database = database;
  }

  /**
   * @param startedAt for the operator only, since the clocks of processes may differ
   */
  void insert(String id, String place, Instant startedAt) {
    database.execute(
        "INSERT INTO api_instances (id, place, beat, started_at) VALUES (?, ?, 0, ?)",
        id,
        place,
        startedAt);
  }

  /** False when the process is not entered any more: others have taken it for dead. */
  boolean beat(String id) {
    return database.execute("UPDATE api_instances SET beat = beat + 1 WHERE id = ?", id) == 1;
  }

  /** All that are entered. */
  public List<ApiInstance> all() {
    return database.run(connection -> {
      var found = new ArrayList<ApiInstance>();
      try (var statement = connection.createStatement();
          var rows = statement.executeQuery("SELECT id, place, beat FROM api_instances")) {
        while (rows.next()) {
          found.add(
              new ApiInstance(rows.getString("id"), rows.getString("place"), rows.getLong("beat")));
        }
      }
      return found;
    });
  }

  /** Strikes a process that was seen dead, unless it or another observer was faster. */
  public boolean strike(ApiInstance dead) {
    return database.execute(
            "DELETE FROM api_instances WHERE id = ? AND beat = ?", dead.id(), dead.beat())
        == 1;
  }

  void remove(String id) {
    database.execute("DELETE FROM api_instances WHERE id = ?", id);
  }

  /** Removes those that were at a place before the one that is there now. */
  void removeBefore(String id, String place) {
    database.execute("DELETE FROM api_instances WHERE place = ? AND id <> ?", place, id);
  }
}
