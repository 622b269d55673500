// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static java.util.stream.Collectors.toUnmodifiableMap;

import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.opentelemetry.api.OpenTelemetry;
import io.prometheus.client.CollectorRegistry;
import io.qinling.credentials.ServiceSecret;
import io.qinling.credentials.SharedSecret;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.etcd.EtcdCoordination;
import io.qinling.engine.coordination.memory.InMemoryCoordination;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.execution.Executions;
import io.qinling.engine.execution.ProjectGate;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.local.LocalOrchestrator;
import io.qinling.engine.orchestrator.local.LocalSettings;
import io.qinling.engine.placement.ClaimingSupply;
import io.qinling.engine.placement.Leftovers;
import io.qinling.engine.placement.PlacementLimits;
import io.qinling.engine.placement.Placements;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStores;
import io.qinling.engine.storage.PeerPackages;
import io.qinling.engine.storage.local.LocalPackageStore;
import io.qinling.engine.storage.replicated.EtcdPackageHolders;
import io.qinling.engine.storage.replicated.EtcdPeers;
import io.qinling.engine.storage.replicated.ReplicatedPackageStore;
import io.qinling.engine.worker.WorkerClient;
import io.qinling.engine.worker.WorkerLimits;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.qinling.tracing.Tracing;
import io.quarkus.netty.MainEventLoopGroup;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.Config;

/** Puts the engine together from its configuration. The only place that chooses plug-ins. */
@ApplicationScoped
public class EngineParts {
  /** What an answer may take on the way, and a worker to kill and report what it killed. */
  private static final Duration WORKER_GRACE = Duration.ofSeconds(5);

  private static final String VERSION =
      Objects.requireNonNullElse(EngineParts.class.getPackage().getImplementationVersion(), "");

  private static final Duration LEFTOVERS_PERIOD = Duration.ofSeconds(30);

  private static final Duration LONGEST_EXPIRY_PERIOD = Duration.ofSeconds(60);

  /** Spares copies for an engine that is only started anew, if it is quick. */
  private static final Duration REPAIR_DELAY = Duration.ofSeconds(5);

  @Produces
  @Singleton
  SharedSecret secret(EngineConfig engine, ServiceSecret known) {
    return new SharedSecret(secretOf(engine, known));
  }

  static String secretOf(EngineConfig engine, ServiceSecret known) {
    return known
        .or(engine.secret())
        .orElseThrow(() ->
            new ConfigurationException(
                "[engine] secret is not set; make one with: openssl rand -hex 32"));
  }

  /** The framework's own is another one for each who asks for it. */
  @Produces
  @Singleton
  CollectorRegistry collectors() {
    return new CollectorRegistry(true);
  }

  @Produces
  @Singleton
  Threads threads() {
    var timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("timer").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    return new Threads(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("blocking-", 0).factory()),
        timer);
  }

  @Produces
  @Singleton
  Orchestrator orchestrator(
      EngineConfig engine,
      LocalConfig local,
      KubernetesConfig kubernetes,
      Config all,
      ServiceSecret known,
      Vertx vertx,
      Threads threads) {
    return switch (engine.orchestrator()) {
      case "local" -> local(engine, local, threads);
      case "kubernetes" ->
          new KubernetesParts(engine, kubernetes, all)
              .orchestrator(secretOf(engine, known), vertx, threads);
      default ->
          throw new ConfigurationException(
              "[engine] orchestrator = "
                  + engine.orchestrator()
                  + " is unknown; known: kubernetes, local");
    };
  }

  static LocalSettings settings(EngineConfig engine, LocalConfig local) {
    var images =
        local.images().stream()
            .map(pair -> pair.split("=", 2))
            .peek(EngineParts::requirePair)
            .collect(toUnmodifiableMap(pair -> pair[0].strip(), pair -> pair[1].strip()));
    return new LocalSettings(
        local.runtimesDir().toAbsolutePath(),
        images,
        local.workerDir().toAbsolutePath(),
        local.poolSize(),
        local.maxWorkers(),
        local.uidBase(),
        engine.functionConcurrency());
  }

  private static Orchestrator local(EngineConfig engine, LocalConfig local, Threads threads) {
    var settings = settings(engine, local);
    try {
      return new LocalOrchestrator(
          Integer.toString(engine.port()), settings, threads.blocking(), threads.timer());
    } catch (UncheckedIOException failed) {
      throw new ConfigurationException(
          "[local] worker_dir cannot be used: " + failed.getCause().getMessage());
    }
  }

  private static void requirePair(String[] pair) {
    if (pair.length != 2) {
      throw new ConfigurationException(
          "[local] images has " + Arrays.toString(pair) + ", which is not image=folder");
    }
  }

  void stop(@Disposes Orchestrator orchestrator) {
    orchestrator.close();
  }

  @Produces
  @Singleton
  EngineIdentity identity(EngineConfig engine) {
    return EngineIdentity.of(engine);
  }

  /** Etcd, where the deployment has it. */
  record Etcds(Optional<Etcd> etcd, Duration sessionTtl) {}

  @Produces
  @Singleton
  Etcds etcds(EtcdConfig config) {
    try {
      var addresses = EtcdAddresses.of(config);
      return new Etcds(addresses.map(Etcd::new), config.sessionTtl());
    } catch (IllegalArgumentException wrong) {
      throw new ConfigurationException(wrong.getMessage());
    }
  }

  void stop(@Disposes Etcds etcds) {
    etcds.etcd().ifPresent(Etcd::close);
  }

  @Produces
  @Singleton
  Coordination coordination(Etcds etcds, EngineIdentity identity) {
    if (etcds.etcd().isEmpty()) {
      return new InMemoryCoordination();
    }
    var self =
        new EngineRecord(
            identity.name(),
            identity.address(),
            UUID.randomUUID().toString(),
            VERSION,
            Instant.now().toString(),
            false);
    return new EtcdCoordination(etcds.etcd().get(), self, etcds.sessionTtl(), System::nanoTime);
  }

  @Produces
  @Singleton
  PackageStores packages(
      StorageConfig storage,
      EngineConfig engine,
      EngineIdentity identity,
      Etcds etcds,
      PeerPackages wire,
      Threads threads)
      throws IOException {
    if (!storage.provider().equals("local")) {
      throw new ConfigurationException(
          "[storage] provider = " + storage.provider() + " is unknown; known: local");
    }
    var local = new LocalPackageStore(storage.fileSystemDir(), engine.maxPackageSize());
    if (etcds.etcd().isEmpty()) {
      return PackageStores.of(local);
    }
    var etcd = etcds.etcd().get();
    var replicated =
        new ReplicatedPackageStore(
            identity.name(),
            local,
            new EtcdPackageHolders(etcd),
            new EtcdPeers(etcd, identity.name()),
            wire,
            threads.blocking(),
            threads.timer(),
            REPAIR_DELAY);
    replicated.start();
    return replicated.faces();
  }

  @Produces
  @Singleton
  PackageStore shared(PackageStores packages) {
    return packages.shared();
  }

  @Produces
  @Singleton
  Placements placements(
      EngineConfig engine,
      Orchestrator orchestrator,
      Coordination coordination,
      PackageStore packages,
      PackageLinks links,
      @MainEventLoopGroup EventLoopGroup eventLoops,
      Threads threads,
      MeterRegistry meters) {
    var limits =
        new PlacementLimits(
            engine.functionConcurrency(),
            engine.maxWorkersPerFunction(),
            engine.queueLength(),
            engine.queueTimeout(),
            Duration.ofSeconds(engine.functionServiceExpiration()));
    var workerLimits =
        new WorkerLimits(
            engine.loadTimeout(), WORKER_GRACE, engine.maxLogSize(), engine.maxResultSize());
    var supply =
        new ClaimingSupply(
            orchestrator,
            coordination,
            packages,
            new WorkerClient(eventLoops, workerLimits, links),
            limits,
            threads.blocking(),
            Meters.coldStarts(meters));
    var placements =
        new Placements(
            limits, supply, coordination, threads.blocking(), threads.timer(), System::nanoTime);
    coordination.listen(placements);
    long period =
        Math.min(LONGEST_EXPIRY_PERIOD.toMillis(), limits.idleExpiry().toMillis() / 2 + 1);
    var _ =
        threads
            .timer()
            .scheduleWithFixedDelay(placements::expire, period, period, TimeUnit.MILLISECONDS);
    if (orchestrator.sharesWorkers()) {
      var leftovers =
          new Leftovers(
              orchestrator,
              coordination,
              placements::serves,
              limits.idleExpiry(),
              System::nanoTime);
      var _ =
          threads
              .timer()
              .scheduleWithFixedDelay(
                  () -> threads.blocking().execute(leftovers::look),
                  LEFTOVERS_PERIOD.toMillis(),
                  LEFTOVERS_PERIOD.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
    return placements;
  }

  @Produces
  @Singleton
  Executions executions(
      EngineConfig engine,
      Placements placements,
      Orchestrator orchestrator,
      Threads threads,
      MeterRegistry meters,
      OpenTelemetry telemetry) {
    var executions =
        new Executions(
            placements,
            projectGate(engine),
            orchestrator.containers(),
            threads.blocking(),
            Ticker.systemTicker(),
            Meters.executions(meters),
            telemetry.getTracer(Tracing.SCOPE));
    Meters.bind(meters, executions);
    return executions;
  }

  private static ProjectGate projectGate(EngineConfig engine) {
    try {
      return new ProjectGate(
          engine.projectConcurrency(), engine.projectQueueLength(), System::nanoTime);
    } catch (IllegalArgumentException wrong) {
      throw new ConfigurationException(
          "[engine] project_concurrency or project_queue_length cannot be: " + wrong.getMessage());
    }
  }
}
