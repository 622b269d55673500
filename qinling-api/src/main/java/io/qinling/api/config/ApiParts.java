// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.qinling.api.alias.AliasStore;
import io.qinling.api.alias.Aliases;
import io.qinling.api.alias.Targets;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.routing.RoutedEngine;
import io.qinling.api.execution.ExecutionRunner;
import io.qinling.api.execution.ExecutionRunner.AsyncLimits;
import io.qinling.api.execution.ExecutionStore;
import io.qinling.api.execution.Executions;
import io.qinling.api.execution.Journal;
import io.qinling.api.execution.JournalWriter;
import io.qinling.api.execution.Takeover;
import io.qinling.api.function.FunctionCreation;
import io.qinling.api.function.FunctionStore;
import io.qinling.api.function.FunctionUpdate;
import io.qinling.api.function.Functions;
import io.qinling.api.function.PackageImport;
import io.qinling.api.function.Packages;
import io.qinling.api.function.ResourceLimits;
import io.qinling.api.function.ResourceLimits.Limit;
import io.qinling.api.function.SwiftPackages;
import io.qinling.api.health.Check;
import io.qinling.api.health.Health;
import io.qinling.api.http.Cors;
import io.qinling.api.http.PublicEndpoint;
import io.qinling.api.http.Stopping;
import io.qinling.api.identity.Endpoints;
import io.qinling.api.identity.Trusts;
import io.qinling.api.instance.InstanceStore;
import io.qinling.api.instance.Observation;
import io.qinling.api.instance.Place;
import io.qinling.api.instance.Presence;
import io.qinling.api.job.ExecutionStarter;
import io.qinling.api.job.JobHandler;
import io.qinling.api.job.JobScheduler;
import io.qinling.api.job.JobStore;
import io.qinling.api.job.Jobs;
import io.qinling.api.keystone.KeystoneClient;
import io.qinling.api.keystone.SwiftObjects;
import io.qinling.api.policy.Policy;
import io.qinling.api.runtime.PoolKeeper;
import io.qinling.api.runtime.RuntimeStore;
import io.qinling.api.runtime.Runtimes;
import io.qinling.api.version.VersionStore;
import io.qinling.api.version.Versions;
import io.qinling.api.webhook.WebhookStore;
import io.qinling.api.webhook.Webhooks;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.request.RequestId;
import io.qinling.tracing.CurrentSpan;
import io.qinling.tracing.Tracing;
import io.quarkus.agroal.DataSource.DataSourceLiteral;
import io.quarkus.arc.InjectableInstance;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.Config;

/** Puts the api together from its configuration. */
@ApplicationScoped
public class ApiParts {
  /** Under which the catalogue has this service. */
  private static final String SERVICE_TYPE = "function-engine";

  /** It holds one while it takes another; most are left to requests. */
  private static final int CONNECTIONS_PER_STARTED_JOB = 5;

  @Produces
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  Background background() {
    return new Background(
        Executors.newThreadPerTaskExecutor(task ->
            Thread.ofVirtual()
                .name("background")
                .unstarted(CurrentSpan.carrying(RequestId.carrying(task)))));
  }

  void stop(@Disposes Background background) {
    background.executor().shutdownNow();
  }

  @Produces
  @Singleton
  Database database(DatabaseConfig config, @Any InjectableInstance<AgroalDataSource> pools) {
    return new Database(pools.select(new DataSourceLiteral(config.url().kind().text())).get());
  }

  @Produces
  @Singleton
  RuntimeStore runtimeStore(Database database, Presence presence) {
    return new RuntimeStore(database, presence::id);
  }

  @Produces
  @Singleton
  PoolKeeper pools(RuntimeStore store, Engine engine, Background background, Clock clock) {
    return new PoolKeeper(store, engine, background.executor(), clock);
  }

  @Produces
  @Singleton
  Runtimes runtimes(
      RuntimeStore store, PoolKeeper pools, Engine engine, Policy policy, Clock clock) {
    return new Runtimes(store, pools, engine, policy, clock);
  }

  @Produces
  @Singleton
  FunctionStore functionStore(Database database) {
    return new FunctionStore(database);
  }

  @Produces
  @Singleton
  Packages packages(Engine engine, FunctionStore store) {
    return new Packages(engine, store);
  }

  @Produces
  @Singleton
  PackageImport packageImport(FunctionStore store, Packages packages, EarlierPackages folder) {
    return new PackageImport(store, packages, folder.fileSystemDir());
  }

  @Produces
  @Singleton
  SwiftPackages swiftPackages(SwiftObjects objects, ApiConfig api) {
    return new SwiftPackages(objects::open, api.uploadDir());
  }

  @Produces
  @Singleton
  Functions functions(
      FunctionStore store,
      Runtimes runtimes,
      Packages packages,
      Engine engine,
      Trusts trusts,
      Policy policy,
      Background background) {
    return new Functions(store, runtimes, packages, engine, trusts, policy, background.executor());
  }

  @Produces
  @Singleton
  FunctionCreation functionCreation(
      FunctionStore store,
      Runtimes runtimes,
      Packages packages,
      SwiftPackages swift,
      Trusts trusts,
      Policy policy,
      ResourceLimits limits,
      Clock clock) {
    return new FunctionCreation(store, runtimes, packages, swift, trusts, policy, limits, clock);
  }

  @Produces
  @Singleton
  FunctionUpdate functionUpdate(
      FunctionStore store,
      Functions functions,
      Packages packages,
      SwiftPackages swift,
      Policy policy,
      ResourceLimits limits,
      Clock clock) {
    return new FunctionUpdate(store, functions, packages, swift, policy, limits, clock);
  }

  @Produces
  @Singleton
  Versions versions(
      Database database,
      Functions functions,
      Packages packages,
      Engine engine,
      Policy policy,
      Clock clock,
      ApiConfig api) {
    var store = new VersionStore(database, api.maxFunctionVersions());
    return new Versions(store, functions, packages, engine, policy, clock);
  }

  @Produces
  @Singleton
  AliasStore aliasStore(Database database) {
    return new AliasStore(database);
  }

  @Produces
  @Singleton
  Targets targets(AliasStore aliases, Functions functions, Versions versions) {
    return new Targets(aliases, functions, versions);
  }

  @Produces
  @Singleton
  Aliases aliases(AliasStore store, Targets targets, Policy policy, Clock clock) {
    return new Aliases(store, targets, policy, clock);
  }

  @Produces
  @Singleton
  Webhooks webhooks(
      Database database, Targets targets, Executions executions, Policy policy, Clock clock) {
    return new Webhooks(new WebhookStore(database), targets, executions, policy, clock);
  }

  @Produces
  @Singleton
  PublicEndpoint publicEndpoint(ServiceConfig service, Endpoints endpoints) {
    return new PublicEndpoint(
        () -> service.qinlingEndpoint().or(() -> endpoints.publicEndpoint(SERVICE_TYPE)));
  }

  @Produces
  @Singleton
  ResourceLimits resourceLimits(LimitsConfig config) {
    return limits(config);
  }

  static ResourceLimits limits(LimitsConfig config) {
    return new ResourceLimits(
        new Limit("cpu", "millicpu", config.minCpu(), config.defaultCpu(), config.maxCpu()),
        new Limit(
            "memory", "bytes", config.minMemory(), config.defaultMemory(), config.maxMemory()),
        new Limit(
            "timeout",
            "seconds",
            config.minTimeout(),
            config.defaultTimeout(),
            config.maxTimeout()));
  }

  @Produces
  @Singleton
  Cors cors(CorsConfig config, Config all) {
    return CorsSections.read(config, all);
  }

  @Produces
  @Singleton
  Health health(
      Database database,
      RoutedEngine engines,
      AuthenticationConfig authentication,
      Instance<KeystoneClient> keystone,
      Background background) {
    var checks = new ArrayList<Check>();
    checks.add(new Check("database", true, database::ping));
    checks.add(Check.counting("engine", false, engines::answering));
    checks.add(new Check("orchestrator", false, engines::requireOrchestrators));
    if (authentication.authEnable()) {
      checks.add(new Check("keystone", true, () -> requireReachable(keystone.get())));
    }
    return new Health(checks, background.executor());
  }

  private static void requireReachable(KeystoneClient keystone) {
    if (!keystone.reachable()) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "Keystone does not answer");
    }
  }

  @Produces
  @Singleton
  ExecutionStore executionStore(Database database) {
    return new ExecutionStore(database);
  }

  @Produces
  @Singleton
  InstanceStore instanceStore(Database database) {
    return new InstanceStore(database);
  }

  @Produces
  @Singleton
  Presence presence(InstanceStore store, ApiConfig api, Clock clock) {
    var place = Place.of(api.host() + ":" + api.port());
    return new Presence(store, place, api.instanceTimeout(), System::nanoTime, clock);
  }

  @Produces
  @Singleton
  Journal journal(
      Database database,
      DatabaseConfig config,
      Clock clock,
      Presence presence,
      MeterRegistry meters) {
    boolean h2 = config.url().kind() == DatabaseKind.H2;
    var journal = new Journal(new JournalWriter(database, h2, clock, presence::id));
    Meters.bind(meters, journal);
    return journal;
  }

  void stop(@Disposes Journal journal) {
    journal.close();
  }

  @Produces
  @Singleton
  ExecutionRunner runner(
      Engine engine,
      Trusts trusts,
      Journal journal,
      ExecutionStore store,
      Clock clock,
      Background background,
      ApiConfig api,
      EngineAccessConfig access,
      MeterRegistry meters,
      OpenTelemetry telemetry) {
    var runner =
        new ExecutionRunner(
            engine,
            trusts,
            journal,
            store,
            clock,
            background.executor(),
            new AsyncLimits(api.maxAsyncExecutions(), api.asyncPatience(), api.asyncMaxAttempts()),
            access.startAllowance(),
            Meters.executions(meters),
            telemetry.getTracer(Tracing.SCOPE));
    Meters.bind(meters, runner);
    return runner;
  }

  @Produces
  @Singleton
  Executions executions(
      ExecutionStore store,
      Journal journal,
      ExecutionRunner runner,
      Presence presence,
      Targets targets,
      Runtimes runtimes,
      Policy policy,
      Clock clock,
      ApiConfig api) {
    return new Executions(
        store, journal, runner, presence, targets, runtimes, policy, clock, api.maxInputSize());
  }

  @Produces
  @Singleton
  Takeover takeover(
      InstanceStore instances,
      Presence presence,
      ExecutionStore store,
      Journal journal,
      ExecutionRunner runner,
      Executions executions,
      ApiConfig api) {
    var observation =
        new Observation(api.instanceTimeout(), LifeCycle.period(api), System::nanoTime);
    return new Takeover(instances, observation, presence, store, journal, runner, executions);
  }

  @Produces
  @Singleton
  Stopping stopping() {
    return new Stopping();
  }

  @Produces
  @Singleton
  JobStore jobStore(Database database) {
    return new JobStore(database);
  }

  @Produces
  @Singleton
  JobHandler jobHandler(
      JobStore store,
      Executions executions,
      Background background,
      Clock clock,
      ApiConfig api,
      DatabaseConfig database) {
    int atATime =
        Math.max(1, DatabaseConfigSource.connections(database) / CONNECTIONS_PER_STARTED_JOB);
    var scheduler =
        new JobScheduler(
            store,
            new ExecutionStarter(executions),
            background.executor(),
            clock,
            api.jobMisfireGrace(),
            atATime);
    return new JobHandler(scheduler, clock);
  }

  @Produces
  @Singleton
  Jobs jobs(JobStore store, Targets targets, Policy policy, Clock clock, JobHandler handler) {
    return new Jobs(store, targets, policy, clock, handler::wake);
  }
}
