// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.opentelemetry.api.trace.TracerProvider;
import io.qinling.api.alias.AliasStore;
import io.qinling.api.alias.Targets;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.engine.Engine;
import io.qinling.api.execution.ExecutionRunner.AsyncLimits;
import io.qinling.api.function.FunctionStore;
import io.qinling.api.function.Functions;
import io.qinling.api.function.Packages;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.NoTrusts;
import io.qinling.api.instance.InstanceStore;
import io.qinling.api.instance.Observation;
import io.qinling.api.instance.Presence;
import io.qinling.api.policy.Policy;
import io.qinling.api.runtime.PoolKeeper;
import io.qinling.api.runtime.RuntimeStore;
import io.qinling.api.runtime.Runtimes;
import io.qinling.api.version.VersionStore;
import io.qinling.api.version.Versions;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** All of a qinling-api that runs executions, on a database that others may share. */
final class ApiProcess implements AutoCloseable {
  static final String PROJECT = "p1";
  static final String FUNCTION = "11111111-1111-4111-8111-111111111111";
  static final Duration TIMEOUT = Duration.ofSeconds(10);
  static final Duration PERIOD = Duration.ofSeconds(2);
  static final int LOOKS = 6;
  static final int MAX_ATTEMPTS = 3;

  private static final Duration START_ALLOWANCE = Duration.ofSeconds(5);

  /** Turned by hand, each process's for itself. */
  final AtomicLong nanos = new AtomicLong();

  final CountedExecutions counted = new CountedExecutions();

  final ExecutionStore store;
  final InstanceStore instances;
  final Presence presence;
  final Journal journal;
  final ExecutionRunner runner;
  final Executions executions;
  final Takeover takeover;
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

  ApiProcess(DatabaseKind kind, Database database, Engine engine, String place) {
    this(kind, database, engine, place, 100);
  }

  ApiProcess(DatabaseKind kind, Database database, Engine engine, String place, int atATime) {
    // As exact as the databases, so that records compare.
    var clock = Clock.tick(Clock.systemUTC(), Duration.ofNanos(1000));
    store = new ExecutionStore(database);
    instances = new InstanceStore(database);
    presence = new Presence(instances, place, TIMEOUT, nanos::get, clock);
    presence.enter();
    journal =
        new Journal(new JournalWriter(database, kind == DatabaseKind.H2, clock, presence::id));
    var trusts = new NoTrusts();
    runner =
        new ExecutionRunner(
            engine,
            trusts,
            journal,
            store,
            clock,
            background,
            new AsyncLimits(atATime, Duration.ofMinutes(1), MAX_ATTEMPTS),
            START_ALLOWANCE,
            counted,
            TracerProvider.noop().get(""));
    var runtimeStore = new RuntimeStore(database, presence::id);
    var pools = new PoolKeeper(runtimeStore, engine, background, clock);
    var runtimes = new Runtimes(runtimeStore, pools, engine, Policy.ALLOW_ALL, clock);
    var functionStore = new FunctionStore(database);
    var packages = new Packages(engine, functionStore);
    var functions =
        new Functions(
            functionStore, runtimes, packages, engine, trusts, Policy.ALLOW_ALL, background);
    var versions =
        new Versions(
            new VersionStore(database, 10), functions, packages, engine, Policy.ALLOW_ALL, clock);
    executions =
        new Executions(
            store,
            journal,
            runner,
            presence,
            new Targets(new AliasStore(database), functions, versions),
            runtimes,
            Policy.ALLOW_ALL,
            clock,
            1000);
    takeover =
        new Takeover(
            instances,
            new Observation(TIMEOUT, PERIOD, nanos::get),
            presence,
            store,
            journal,
            runner,
            executions);
  }

  /** Makes the function that all processes run. */
  static void insertFunction(Database database) {
    database.execute(
        "INSERT INTO runtimes (id, project_id, image, status) VALUES ('r', 'p0', 'i', 'available')");
    database.execute(
        "INSERT INTO functions (id, project_id, runtime_id, code, package_digest, entry, timeout)"
            + " VALUES (?, ?, 'r', '{\"source\": \"package\"}', 'd', 'main.main', 5)",
        FUNCTION,
        PROJECT);
  }

  ExecutionRecord execute(boolean sync) {
    return execute(sync, Optional.empty());
  }

  ExecutionRecord execute(boolean sync, Optional<String> id) {
    return executions
        .create(
            Caller.inProject(PROJECT),
            new ExecutionRequest(
                id,
                Optional.of(FUNCTION),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                sync))
        .execution();
  }

  ExecutionRecord find(String id) {
    return store.find(id).orElseThrow();
  }

  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  /** Looks until whoever has ended is seen dead. */
  void lookForTimeout() {
    for (int i = 0; i < LOOKS; i++) {
      beatAndLook();
    }
  }

  void beatAndLook() {
    pass(PERIOD);
    presence.beat();
    takeover.look();
  }

  @Override
  public void close() {
    background.shutdownNow();
    journal.close();
  }
}
