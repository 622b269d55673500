// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.opentelemetry.api.trace.TracerProvider;
import io.qinling.api.alias.AliasStore;
import io.qinling.api.alias.Targets;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.Rows;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.engine.MemoryEngine;
import io.qinling.api.execution.CountedExecutions;
import io.qinling.api.execution.ExecutionRunner;
import io.qinling.api.execution.ExecutionRunner.AsyncLimits;
import io.qinling.api.execution.ExecutionStore;
import io.qinling.api.execution.Executions;
import io.qinling.api.execution.Journal;
import io.qinling.api.execution.JournalWriter;
import io.qinling.api.function.FunctionStore;
import io.qinling.api.function.Functions;
import io.qinling.api.function.Packages;
import io.qinling.api.identity.NoTrusts;
import io.qinling.api.instance.InstanceStore;
import io.qinling.api.instance.Presence;
import io.qinling.api.policy.Policy;
import io.qinling.api.runtime.PoolKeeper;
import io.qinling.api.runtime.RuntimeStore;
import io.qinling.api.runtime.Runtimes;
import io.qinling.api.version.VersionStore;
import io.qinling.api.version.Versions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A database with a function, and all that makes executions of it but the engine. */
final class JobFixture implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-22T17:29:47Z");
  static final String PROJECT = "p1";
  static final String FUNCTION = "11111111-1111-4111-8111-111111111111";
  static final String FOREIGN_FUNCTION = "22222222-2222-4222-8222-222222222222";
  static final String ALIAS = "live";
  static final String FOREIGN_ALIAS = "theirs";
  static final Duration GRACE = Duration.ofSeconds(60);

  private static final List<String> TABLES =
      List.of("jobs", "executions", "function_aliases", "functions", "runtimes");
  private static final int AT_A_TIME = 4;

  final TurnedClock clock = new TurnedClock(NOW);
  final Database database;
  final JobStore store;
  final Targets targets;
  final JobStarter starter;

  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private final Journal journal;

  /**
   * @param test emptied before
   */
  JobFixture(DatabaseKind kind, TestDatabase test) {
    database = test.open();
    TABLES.forEach(table -> database.execute("DELETE FROM " + table));
    store = new JobStore(database);
    insertRuntime("r", "available");
    insertFunction(FUNCTION, PROJECT, "r");
    insertFunction(FOREIGN_FUNCTION, "p2", "r");
    insertAlias(ALIAS, FUNCTION, PROJECT);
    insertAlias(FOREIGN_ALIAS, FOREIGN_FUNCTION, "p2");
    var engine = new MemoryEngine();
    var runtimeStore = new RuntimeStore(database, () -> "none");
    var pools = new PoolKeeper(runtimeStore, engine, background, clock);
    var runtimes = new Runtimes(runtimeStore, pools, engine, Policy.ALLOW_ALL, clock);
    var functionStore = new FunctionStore(database);
    var packages = new Packages(engine, functionStore);
    var trusts = new NoTrusts();
    var functions =
        new Functions(
            functionStore, runtimes, packages, engine, trusts, Policy.ALLOW_ALL, background);
    var versions =
        new Versions(
            new VersionStore(database, 10), functions, packages, engine, Policy.ALLOW_ALL, clock);
    targets = new Targets(new AliasStore(database), functions, versions);
    var presence =
        new Presence(
            new InstanceStore(database), "place", Duration.ofHours(1), System::nanoTime, clock);
    presence.enter();
    journal =
        new Journal(new JournalWriter(database, kind == DatabaseKind.H2, clock, presence::id));
    var executionStore = new ExecutionStore(database);
    var runner =
        new ExecutionRunner(
            engine,
            trusts,
            journal,
            executionStore,
            clock,
            background,
            new AsyncLimits(1000, Duration.ZERO, 1),
            Duration.ZERO,
            new CountedExecutions(),
            TracerProvider.noop().get(""));
    starter =
        new ExecutionStarter(
            new Executions(
                executionStore,
                journal,
                runner,
                presence,
                targets,
                runtimes,
                Policy.ALLOW_ALL,
                clock,
                1000));
  }

  /** A process of its own that runs jobs, each to its end before the next. */
  JobScheduler scheduler() {
    return scheduler(starter, Runnable::run);
  }

  JobScheduler scheduler(JobStarter by, Executor executor) {
    return new JobScheduler(store, by, executor, clock, GRACE, AT_A_TIME);
  }

  Jobs jobs(Policy policy) {
    return new Jobs(store, targets, policy, clock, () -> {});
  }

  void insertRuntime(String id, String status) {
    database.execute(
        "INSERT INTO runtimes (id, project_id, image, status, created_at)"
            + " VALUES (?, 'p0', 'image', ?, ?)",
        id,
        status,
        NOW);
  }

  void insertFunction(String id, String project, String runtime) {
    database.execute(
        "INSERT INTO functions (id, project_id, runtime_id, code, package_digest, entry, timeout,"
            + " created_at) VALUES (?, ?, ?, '{\"source\": \"package\"}', 'd', 'main.main', 5, ?)",
        id,
        project,
        runtime,
        NOW);
  }

  void insertAlias(String name, String function, String project) {
    database.execute(
        "INSERT INTO function_aliases (id, project_id, function_id, name, created_at)"
            + " VALUES (?, ?, ?, ?, ?)",
        UUID.randomUUID().toString(),
        project,
        function,
        name,
        NOW);
  }

  /** A recurring job of the function. */
  JobRecord recurring(String pattern, Integer count, Instant next) {
    return insert(FUNCTION, null, pattern, count, next);
  }

  JobRecord oneShot(Instant next) {
    return insert(FUNCTION, null, null, 1, next);
  }

  JobRecord ofAlias(String alias, Instant next) {
    return insert(null, alias, "*/5 * * * *", null, next);
  }

  private JobRecord insert(
      String function, String alias, String pattern, Integer count, Instant next) {
    var job =
        new JobRecord(
            UUID.randomUUID().toString(),
            PROJECT,
            null,
            function,
            alias,
            0,
            "input",
            JobStatus.RUNNING,
            pattern,
            count,
            next,
            next,
            NOW,
            null);
    store.insert(job);
    return job;
  }

  /** Recurring jobs of the function, all due at a time. */
  void insertMany(int count, String pattern, Instant next) {
    database.inTransaction(connection -> {
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO jobs (id, project_id, status, function_id, pattern,"
                  + " next_execution_time, created_at) VALUES (?, ?, 'running', ?, ?, ?, ?)")) {
        for (int i = 0; i < count; i++) {
          Rows.set(insert, UUID.randomUUID().toString(), PROJECT, FUNCTION, pattern, next, NOW);
          insert.addBatch();
        }
        return insert.executeBatch();
      }
    });
  }

  JobRecord now(JobRecord job) {
    return store.find(job.id()).orElseThrow();
  }

  /** Ids of the executions of a job. */
  List<String> executions(JobRecord job) {
    return database.run(connection -> {
      try (var select =
          connection.prepareStatement("SELECT id FROM executions WHERE description = ?")) {
        select.setString(1, "Created by Job " + job.id());
        var ids = new ArrayList<String>();
        try (var rows = select.executeQuery()) {
          while (rows.next()) {
            ids.add(rows.getString(1));
          }
        }
        return ids;
      }
    });
  }

  @Override
  public void close() {
    background.close();
    journal.close();
  }
}
