// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static java.util.Comparator.comparing;

import io.qinling.api.database.Database;
import io.qinling.api.database.Rows;
import io.qinling.api.execution.JournalChange.Accept;
import io.qinling.api.execution.JournalChange.Count;
import io.qinling.api.execution.JournalChange.Delete;
import io.qinling.api.execution.JournalChange.Finish;
import io.qinling.api.execution.JournalChange.Revoke;
import io.qinling.api.execution.JournalChange.Show;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Writes the changes of the journal, all in one transaction. Used by the journal's thread only. */
public final class JournalWriter {
  private final Database database;
  private final boolean h2;
  private final Clock clock;
  private final Supplier<String> apiId;

  /**
   * @param h2 whether the database is H2, whose commits are durable only after a checkpoint
   * @param apiId who is to stand in new records as running them
   */
  public JournalWriter(Database database, boolean h2, Clock clock, Supplier<String> apiId) {
    this.database = database;
    this.h2 = h2;
    this.clock = clock;
    this.apiId = apiId;
  }

  /**
   * Makes all changes durable, or none.
   *
   * @return those that were left out because their execution is not running any more
   */
  Set<JournalChange> write(List<JournalChange> changes) {
    var missed = commit(changes);
    if (h2) {
      database.run(JournalWriter::checkpoint);
    }
    return missed;
  }

  private Set<JournalChange> commit(List<JournalChange> changes) {
    return database.inTransaction(connection -> {
      Set<JournalChange> missed = Collections.newSetFromMap(new IdentityHashMap<>());
      // In the order of the functions' ids, in which every api process locks their rows.
      var counts =
          new TreeMap<Counted, Integer>(
              comparing(Counted::functionId).thenComparingInt(Counted::version));
      insert(connection, changes, counts);
      update(connection, changes, counts, missed);
      again(connection, changes, missed);
      delete(connection, changes);
      count(connection, counts);
      return missed;
    });
  }

  /** Whether the database takes statements at all. */
  boolean isReachable() {
    try {
      database.ping();
      return true;
    } catch (RuntimeException away) {
      return false;
    }
  }

  /** Whether the record under this execution's id is the one that was made for it. */
  boolean isRecorded(ExecutionRecord execution) {
    return database.run(connection -> {
      try (var select =
          connection.prepareStatement(
              "SELECT 1 FROM executions WHERE id = ? AND project_id = ? AND created_at = ?")) {
        Rows.set(select, execution.id(), execution.projectId(), execution.createdAt());
        try (var rows = select.executeQuery()) {
          return rows.next();
        }
      }
    });
  }

  /**
   * H2 writes commits to the file later, and syncs never, unless it is told to: its page
   * "Advanced", Durability.
   */
  private static Void checkpoint(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("CHECKPOINT SYNC");
      return null;
    }
  }

  private void insert(
      Connection connection, List<JournalChange> changes, Map<Counted, Integer> counts)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO executions (id, project_id, function_alias, function_id, function_version,"
                + " status, sync, input, result, description, logs, created_at, updated_at, api_id,"
                + " attempts, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      boolean any = false;
      for (var change : changes) {
        var isOne =
            switch (change) {
              case Accept accept -> add(insert, accept.execution(), null);
              case Show show -> add(insert, show.execution(), null);
              case Finish finish when finish.isNew() -> {
                counts.merge(Counted.of(finish.execution()), 1, Integer::sum);
                yield add(insert, finish.execution().ended(finish.end()), finish.end().log());
              }
              case Finish _, Count _, Revoke _, Delete _ -> false;
            };
        any |= isOne;
      }
      if (any) {
        insert.executeBatch();
      }
    }
  }

  private boolean add(PreparedStatement insert, ExecutionRecord execution, String log)
      throws SQLException {
    Rows.set(
        insert,
        execution.id(),
        execution.projectId(),
        execution.functionAlias(),
        execution.functionId(),
        execution.functionVersion(),
        execution.status().text(),
        execution.sync(),
        execution.input(),
        execution.result(),
        execution.description(),
        log,
        execution.createdAt(),
        execution.updatedAt(),
        apiId.get(),
        execution.attempts(),
        execution.lastError());
    insert.addBatch();
    return true;
  }

  private static void update(
      Connection connection,
      List<JournalChange> changes,
      Map<Counted, Integer> counts,
      Set<JournalChange> missed)
      throws SQLException {
    var ended = inOrder(changes, Finish.class).stream().filter(finish -> !finish.isNew()).toList();
    if (ended.isEmpty()) {
      return;
    }
    try (var update =
        connection.prepareStatement(
            "UPDATE executions SET status = ?, result = ?, logs = ?, updated_at = ?,"
                + " last_error = COALESCE(?, last_error) WHERE id = ? AND status = 'running'")) {
      for (var finish : ended) {
        var after = finish.execution().ended(finish.end());
        Rows.set(
            update,
            after.status().text(),
            after.result(),
            finish.end().log(),
            after.updatedAt(),
            finish.end().error() == null ? null : after.lastError(),
            after.id());
        update.addBatch();
      }
      int[] changed = update.executeBatch();
      for (int i = 0; i < changed.length; i++) {
        if (changed[i] == 0) {
          missed.add(ended.get(i));
        } else {
          counts.merge(Counted.of(ended.get(i).execution()), 1, Integer::sum);
        }
      }
    }
  }

  private static void again(
      Connection connection, List<JournalChange> changes, Set<JournalChange> missed)
      throws SQLException {
    var again = inOrder(changes, Count.class);
    if (again.isEmpty()) {
      return;
    }
    try (var update =
        connection.prepareStatement(
            "UPDATE executions SET attempts = ?, last_error = ?"
                + " WHERE id = ? AND status = 'running'")) {
      for (var change : again) {
        var execution = change.execution();
        Rows.set(update, execution.attempts(), execution.lastError(), execution.id());
        update.addBatch();
      }
      int[] changed = update.executeBatch();
      for (int i = 0; i < changed.length; i++) {
        if (changed[i] == 0) {
          missed.add(again.get(i));
        }
      }
    }
  }

  /** Rows are locked in the order of their ids by every process. */
  private static <C extends JournalChange> List<C> inOrder(
      List<JournalChange> changes, Class<C> kind) {
    return changes.stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .sorted(comparing(JournalChange::executionId))
        .toList();
  }

  private static void delete(Connection connection, List<JournalChange> changes)
      throws SQLException {
    var deletes = new ArrayList<Object[]>();
    inOrder(changes, Delete.class)
        .forEach(change -> deletes.add(new Object[] {change.executionId()}));
    runAll(connection, "DELETE FROM executions WHERE id = ?", deletes);
    var revoked = new ArrayList<Object[]>();
    for (var change : inOrder(changes, Revoke.class)) {
      var execution = change.execution();
      revoked.add(new Object[] {execution.id(), execution.projectId(), execution.createdAt()});
    }
    runAll(
        connection,
        "DELETE FROM executions WHERE id = ? AND project_id = ? AND created_at = ?"
            + " AND status = 'running'",
        revoked);
  }

  /** What is counted: the latest code and each version for itself. */
  private record Counted(String functionId, int version) {
    /** An execution that upstream left without a function counts for none. */
    static Counted of(ExecutionRecord execution) {
      return new Counted(
          Objects.requireNonNullElse(execution.functionId(), ""), execution.functionVersion());
    }
  }

  private void count(Connection connection, Map<Counted, Integer> counts) throws SQLException {
    var now = clock.instant();
    var latest = new ArrayList<Object[]>();
    var versions = new ArrayList<Object[]>();
    counts.forEach((counted, by) -> {
      if (counted.version() == 0) {
        latest.add(new Object[] {by, now, counted.functionId()});
      } else {
        versions.add(new Object[] {by, now, counted.functionId(), counted.version()});
      }
    });
    runAll(
        connection, "UPDATE functions SET count = count + ?, updated_at = ? WHERE id = ?", latest);
    runAll(
        connection,
        "UPDATE function_versions SET count = count + ?, updated_at = ?"
            + " WHERE function_id = ? AND version_number = ?",
        versions);
  }

  private static void runAll(Connection connection, String sql, List<Object[]> parameters)
      throws SQLException {
    if (parameters.isEmpty()) {
      return;
    }
    try (var statement = connection.prepareStatement(sql)) {
      for (var values : parameters) {
        Rows.set(statement, values);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
