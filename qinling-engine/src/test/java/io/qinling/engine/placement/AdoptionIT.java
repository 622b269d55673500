// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.coordination.etcd.EtcdCoordination;
import io.qinling.engine.coordination.etcd.TestEtcd;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.ClaimedWorker;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.PoolStatus;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.engine.orchestrator.local.LocalOrchestrator;
import io.qinling.engine.orchestrator.local.LocalSettings;
import io.qinling.engine.storage.Digests;
import io.qinling.engine.storage.local.LocalPackageStore;
import io.qinling.engine.worker.WorkerCall;
import io.qinling.engine.worker.WorkerClient;
import io.qinling.engine.worker.WorkerLimits;
import io.qinling.error.NotOwnerException;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two engines on one etcd and on workers that both can reach, real processes as they are. */
class AdoptionIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final PlacementLimits LIMITS =
      new PlacementLimits(2, 4, 20, Duration.ofSeconds(10), Duration.ofSeconds(60));
  private static final String CODE = "import os\ndef main(**input):\n    return os.getppid()\n";

  @TempDir Path folder;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  private final EventLoopGroup loops = new NioEventLoopGroup(1);
  private final List<Engine> engines = new ArrayList<>();
  private final Queue<Long> coldStarts = new ConcurrentLinkedQueue<>();
  private Path workerDir;
  private Etcd etcd;
  private LocalOrchestrator processes;
  private LocalPackageStore packages;
  private FunctionVersion function;

  /** What an engine is made of, as far as placement goes. */
  private record Engine(Coordination coordination, Placements placements) {}

  @BeforeEach
  void start() throws IOException {
    etcd = new Etcd(TestEtcd.addresses());
    workerDir = Files.createTempDirectory("qinling-adoption-");
    Files.setPosixFilePermissions(workerDir, PosixFilePermissions.fromString("rwx--x--x"));
    var runtimes = Path.of("../deploy/runtimes").toAbsolutePath().normalize();
    processes =
        new LocalOrchestrator(
            "adoption-" + ProcessHandle.current().pid(),
            new LocalSettings(runtimes, Map.of(), workerDir, 1, 10, 240_000, 2),
            blocking,
            timer);
    packages = new LocalPackageStore(folder, 1_000_000);
    function = function(upload());
  }

  @AfterEach
  void end() throws Exception {
    for (var engine : engines) {
      stop(engine);
    }
    processes.close();
    timer.shutdownNow();
    loops.shutdownGracefully();
    etcd.close();
    try (var left = Files.walk(workerDir)) {
      left.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  private String upload() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("main.py"));
      zip.write(CODE.getBytes(StandardCharsets.UTF_8));
    }
    var digest = HexFormat.of().formatHex(Digests.sha256().digest(bytes.toByteArray()));
    try (var upload = packages.upload(digest)) {
      upload.write(bytes.toByteArray());
      upload.commit();
    }
    return digest;
  }

  private static FunctionVersion function(String digest) {
    return new FunctionVersion(
        new FunctionKey(UUID.randomUUID().toString(), 0),
        "p",
        1,
        new Pool("adoption", "python3", true),
        digest,
        "main.main",
        1000,
        64L << 20,
        Duration.ofSeconds(5));
  }

  private Engine engine(String name) {
    var self =
        new EngineRecord(
            name + UUID.randomUUID(), name + ":1", UUID.randomUUID().toString(), "6", "", false);
    var coordination = new EtcdCoordination(etcd, self, Duration.ofSeconds(2), System::nanoTime);
    var limits = new WorkerLimits(Duration.ofSeconds(10), Duration.ofSeconds(5), 1 << 20, 1 << 20);
    var supply =
        new ClaimingSupply(
            new Shared(processes),
            coordination,
            packages,
            new WorkerClient(
                loops, limits, new PackageLinks("nowhere:1", "secret", InstantSource.system())),
            LIMITS,
            blocking,
            coldStarts::add);
    var placements =
        new Placements(LIMITS, supply, coordination, blocking, timer, System::nanoTime);
    coordination.listen(placements);
    coordination.start();
    await().atMost(PATIENCE).until(() -> coordination.session() != Coordination.NO_SESSION);
    var engine = new Engine(coordination, placements);
    engines.add(engine);
    return engine;
  }

  private static void stop(Engine engine) throws Exception {
    engine.placements().close();
    engine.coordination().close();
  }

  private String run(Engine engine, FunctionVersion wanted) {
    var output = new CompletableFuture<String>();
    engine
        .placements()
        .acquire(
            wanted,
            new Waiter() {
              @Override
              public void granted(Slot slot) {
                var call =
                    new WorkerCall(
                        UUID.randomUUID().toString(),
                        "{}".getBytes(StandardCharsets.UTF_8),
                        new byte[0],
                        Duration.ofSeconds(5),
                        Optional.empty());
                slot.execute(call)
                    .whenComplete((result, failure) -> {
                      slot.giveBack();
                      if (failure == null) {
                        output.complete(result.outputJson());
                      } else {
                        output.completeExceptionally(failure);
                      }
                    });
              }

              @Override
              public void failed(RuntimeException reason) {
                output.completeExceptionally(reason);
              }
            });
    return output.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void theNextOwnerGoesOnWithTheWorkersOfTheLast() throws Exception {
    // Given
    var one = engine("one");
    var two = engine("two");
    var zygote = run(one, function);
    var names = one.placements().workerNames(function.key()).join();

    // When
    stop(one);

    // Then
    assertThat(run(two, function)).isEqualTo(zygote);
    assertThat(two.placements().workerNames(function.key()).join()).isEqualTo(names);
    assertThat(coldStarts).singleElement().satisfies(nanos -> assertThat(nanos).isPositive());
  }

  @Test
  void aWorkerWithOtherCodeIsEndedAndAnotherIsClaimed() throws Exception {
    // Given
    var one = engine("one");
    var two = engine("two");
    run(one, function);
    var names = one.placements().workerNames(function.key()).join();
    stop(one);

    // When
    var changed =
        new FunctionVersion(
            function.key(),
            function.projectId(),
            2,
            function.pool(),
            function.packageDigest(),
            "main.main",
            500,
            function.memoryBytes(),
            function.timeout());
    run(two, changed);

    // Then
    assertThat(two.placements().workerNames(function.key()).join())
        .hasSize(1)
        .doesNotContainAnyElementsOf(names);
    assertThat(processes.find(names.getFirst())).isEmpty();
    assertThat(two.coordination().assigned(function.key())).hasSize(1);
  }

  @Test
  void aWorkerThatEndedMeanwhileIsForgotten() throws Exception {
    // Given
    var one = engine("one");
    var two = engine("two");
    run(one, function);
    var name = one.placements().workerNames(function.key()).join().getFirst();
    stop(one);
    processes.release(processes.find(name).orElseThrow());

    // When
    run(two, function);

    // Then
    assertThat(two.coordination().assigned(function.key()))
        .singleElement()
        .satisfies(left -> assertThat(left.worker()).isNotEqualTo(name));
  }

  @Test
  void whatTheLastOwnerLeftIsListedAndReleasedWithoutACall() throws Exception {
    // Given
    var one = engine("one");
    var two = engine("two");
    run(one, function);
    var names = one.placements().workerNames(function.key()).join();
    stop(one);
    assertThat(two.placements().workerNames(function.key()).join()).isEqualTo(names).hasSize(1);

    // When
    two.placements().release(function.key()).join();

    // Then
    assertThat(two.placements().workerNames(function.key()).join()).isEmpty();
    assertThat(processes.find(names.getFirst())).isEmpty();
    assertThat(two.coordination().assigned(function.key())).isEmpty();
    var three = engine("three");
    await()
        .atMost(PATIENCE)
        .until(() -> three.coordination().own(function.key()) instanceof Ownership.Owned);
  }

  @Test
  void whatAnotherEngineOwnsIsNotReleased() {
    // Given
    var one = engine("one");
    var two = engine("two");
    run(one, function);

    // When
    var released = two.placements().release(function.key());

    // Then
    assertThat(released)
        .failsWithin(PATIENCE)
        .withThrowableThat()
        .withCauseInstanceOf(NotOwnerException.class);
    assertThat(one.placements().workerNames(function.key()).join()).hasSize(1);
    assertThat(one.coordination().assigned(function.key())).hasSize(1);
  }

  /** The workers of one host as two engines see those of a cluster. */
  private record Shared(LocalOrchestrator local) implements Orchestrator {
    @Override
    public void createPool(Pool pool) {
      local.createPool(pool);
    }

    @Override
    public void updatePool(String runtimeId, String image) {
      local.updatePool(runtimeId, image);
    }

    @Override
    public void deletePool(String runtimeId) {
      local.deletePool(runtimeId);
    }

    @Override
    public Set<String> runtimes() {
      return local.runtimes();
    }

    @Override
    public Optional<PoolStatus> describePool(String runtimeId) {
      return local.describePool(runtimeId);
    }

    @Override
    public Worker claim(Pool pool, WorkerNeeds needs, Predicate<Worker> take, Duration patience) {
      return local.claim(pool, needs, take, patience);
    }

    @Override
    public void onRoom(Runnable action) {
      local.onRoom(action);
    }

    @Override
    public boolean sharesWorkers() {
      return true;
    }

    @Override
    public List<ClaimedWorker> claimed() {
      return List.of();
    }

    @Override
    public Optional<Worker> find(String worker) {
      return local.find(worker);
    }

    @Override
    public void relieve(Worker worker) {
      local.relieve(worker);
    }

    @Override
    public void release(Worker worker) {
      local.release(worker);
    }

    @Override
    public Optional<ContainerRunner> containers() {
      return local.containers();
    }

    @Override
    public void close() {
      local.close();
    }
  }
}
