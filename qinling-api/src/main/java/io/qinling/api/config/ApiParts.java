// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.agroal.api.AgroalDataSource;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.qinling.api.alias.Targets;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.GrpcEngine;
import io.qinling.api.engine.Reconnecting;
import io.qinling.api.execution.ExecutionRunner;
import io.qinling.api.execution.ExecutionStore;
import io.qinling.api.execution.Executions;
import io.qinling.api.execution.Journal;
import io.qinling.api.execution.JournalWriter;
import io.qinling.api.execution.Recovery;
import io.qinling.api.function.FunctionStore;
import io.qinling.api.function.Functions;
import io.qinling.api.function.Packages;
import io.qinling.api.function.ResourceLimits;
import io.qinling.api.function.ResourceLimits.Limit;
import io.qinling.api.identity.Authenticator;
import io.qinling.api.identity.NoAuthentication;
import io.qinling.api.policy.Policy;
import io.qinling.api.runtime.PoolKeeper;
import io.qinling.api.runtime.RuntimeStore;
import io.qinling.api.runtime.Runtimes;
import io.qinling.credentials.SharedSecret;
import io.quarkus.agroal.DataSource.DataSourceLiteral;
import io.quarkus.arc.InjectableInstance;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Puts the api together from its configuration. */
@ApplicationScoped
public class ApiParts {
  /** A result and a log of the engine's limits, with room for their encoding. */
  private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

  private static final int KEEP_ALIVE_SECONDS = 30;

  @Produces
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  Background background() {
    return new Background(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("background-", 0).factory()));
  }

  void stop(@Disposes Background background) {
    background.executor().shutdownNow();
  }

  @Produces
  @Singleton
  ManagedChannel channel(ApiConfig api, EngineAccessConfig engine) {
    var secret =
        engine
            .secret()
            .orElseThrow(() ->
                new ConfigurationException("[engine] secret is not set; it must be the engine's"));
    return ManagedChannelBuilder.forTarget("dns:///" + api.engines())
        .usePlaintext()
        .directExecutor()
        .intercept(new SharedSecret(secret))
        .maxInboundMessageSize(LARGEST_ANSWER)
        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .build();
  }

  void stop(@Disposes ManagedChannel channel) {
    channel.shutdownNow();
  }

  @Produces
  @Singleton
  Engine engine(ManagedChannel channel) {
    return new GrpcEngine(channel, new Reconnecting(channel));
  }

  @Produces
  @Singleton
  Authenticator authenticator(AuthenticationConfig config) {
    if (config.authEnable()) {
      throw new ConfigurationException(
          "Authentication is not available yet, and nobody is served without it unless the configuration says so:"
              + " set [pecan] auth_enable = false");
    }
    return new NoAuthentication();
  }

  @Produces
  @Singleton
  Policy policy() {
    return Policy.ALLOW_ALL;
  }

  @Produces
  @Singleton
  Database database(DatabaseConfig config, @Any InjectableInstance<AgroalDataSource> pools) {
    return new Database(pools.select(new DataSourceLiteral(config.url().kind().text())).get());
  }

  @Produces
  @Singleton
  RuntimeStore runtimeStore(Database database) {
    return new RuntimeStore(database);
  }

  @Produces
  @Singleton
  PoolKeeper pools(RuntimeStore store, Engine engine, Background background, Clock clock) {
    return new PoolKeeper(store, engine, background.executor(), clock);
  }

  @Produces
  @Singleton
  Runtimes runtimes(RuntimeStore store, PoolKeeper pools, Engine engine, Clock clock) {
    return new Runtimes(store, pools, engine, clock);
  }

  @Produces
  @Singleton
  Functions functions(
      Database database,
      Runtimes runtimes,
      Engine engine,
      LimitsConfig limits,
      Clock clock,
      Background background) {
    var store = new FunctionStore(database);
    return new Functions(
        store,
        runtimes,
        new Packages(engine, store),
        engine,
        limits(limits),
        clock,
        background.executor());
  }

  private static ResourceLimits limits(LimitsConfig config) {
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
  Targets targets(Functions functions) {
    return new Targets(functions);
  }

  @Produces
  @Singleton
  ExecutionStore executionStore(Database database) {
    return new ExecutionStore(database);
  }

  @Produces
  @Singleton
  Journal journal(Database database, DatabaseConfig config, Clock clock) {
    return new Journal(new JournalWriter(database, config.url().kind() == DatabaseKind.H2, clock));
  }

  void stop(@Disposes Journal journal) {
    journal.close();
  }

  @Produces
  @Singleton
  ExecutionRunner runner(
      Engine engine,
      Journal journal,
      Clock clock,
      Background background,
      ApiConfig api,
      EngineAccessConfig access) {
    return new ExecutionRunner(
        engine,
        journal,
        clock,
        background.executor(),
        api.maxAsyncExecutions(),
        access.startAllowance(),
        api.asyncPatience());
  }

  @Produces
  @Singleton
  Executions executions(
      ExecutionStore store,
      Journal journal,
      ExecutionRunner runner,
      Targets targets,
      Runtimes runtimes,
      Clock clock,
      ApiConfig api) {
    return new Executions(store, journal, runner, targets, runtimes, clock, api.maxInputSize());
  }

  @Produces
  @Singleton
  Recovery recovery(
      ExecutionStore store, ExecutionRunner runner, Functions functions, Runtimes runtimes) {
    return new Recovery(store, runner, functions, runtimes);
  }
}
