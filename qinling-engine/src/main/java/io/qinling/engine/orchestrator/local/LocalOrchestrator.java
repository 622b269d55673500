// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.qinling.engine.orchestrator.ClaimedWorker;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.PoolStatus;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/** Workers as processes of this host, in pools of started ones. */
public final class LocalOrchestrator implements Orchestrator {
  private static final Logger LOG = Logger.getLogger(LocalOrchestrator.class);
  private static final Duration RELIEF = Duration.ofSeconds(1);
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);

  private record Claimed(WorkerProcess process, LocalPool pool, String runtimeId) {}

  private final ConcurrentMap<String, LocalPool> pools = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Claimed> claimed = new ConcurrentHashMap<>();
  private final LocalSettings settings;
  private final ExecutorService blocking;
  private final ScheduledExecutorService timer;
  private final RuntimeFolders runtimes;
  private final WorkerStarter starter;
  private final Semaphore capacity;
  private final Path folder;
  private final FileChannel lock;
  private final Cgroups cgroups;
  private final List<Runnable> whenRoom = new CopyOnWriteArrayList<>();

  /** A claim found no room, and gets what becomes free before pools keep it for later claims. */
  private volatile boolean refused;

  private volatile boolean closed;

  /**
   * @param engine name of this engine, unique on this host; what an earlier engine of the name left
   *     is removed
   * @param blocking runs what blocks
   */
  public LocalOrchestrator(
      String engine,
      LocalSettings settings,
      ExecutorService blocking,
      ScheduledExecutorService timer) {
    this.settings = settings;
    this.blocking = blocking;
    this.timer = timer;
    this.capacity = new Semaphore(settings.maxWorkers());
    this.folder = settings.workerDir().resolve(engine);
    try {
      boolean root = HostCheck.isRoot();
      this.lock = prepareFolder();
      this.cgroups = root ? MountedCgroups.open(engine) : Cgroups.NONE;
      this.runtimes =
          new RuntimeFolders(settings.runtimesDir(), folder.resolve("runtimes"), settings.images());
      this.starter = new WorkerStarter(folder, settings.uidBase(), settings.slots(), root, cgroups);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /**
   * The lock keeps a second engine of the same name from taking the first one's workers for
   * leftovers.
   */
  private FileChannel prepareFolder() throws IOException {
    Files.createDirectories(settings.workerDir());
    var lockFile = FileChannel.open(Path.of(folder + ".lock"), CREATE, WRITE);
    if (!isLocked(lockFile)) {
      throw new IOException(
          "Another engine uses " + folder + "; stop it or set another [engine] port");
    }
    WorkerProcess.deleteTree(folder);
    Files.createDirectory(folder);
    Files.createDirectory(folder.resolve("runtimes"));
    // Workers pass through on the way to their own folders, but cannot list them.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Files.setPosixFilePermissions(
        folder.resolve("runtimes"), PosixFilePermissions.fromString("rwxr-xr-x"));
    return lockFile;
  }

  private static boolean isLocked(FileChannel lockFile) throws IOException {
    try {
      return lockFile.tryLock() != null;
    } catch (OverlappingFileLockException lockedByThisProcess) {
      return false;
    }
  }

  @Override
  public void createPool(Pool wanted) {
    if (pools.containsKey(wanted.runtimeId())) {
      return;
    }
    var created = open(wanted);
    try {
      created.awaitFull(START_PATIENCE);
    } catch (QinlingException failed) {
      if (pools.remove(wanted.runtimeId(), created)) {
        created.close();
      }
      throw failed;
    }
  }

  private LocalPool open(Pool wanted) {
    return pools.computeIfAbsent(
        wanted.runtimeId(),
        id ->
            new LocalPool(
                wanted,
                runtimes.forImage(wanted.image()),
                settings.poolSize(),
                starter,
                capacity,
                this::capacityFreed,
                this::roomCameUp,
                blocking,
                timer));
  }

  /** The capacity that became free may be what another pool waits for, first for its claimants. */
  private void capacityFreed() {
    pools.values().forEach(LocalPool::fillForClaimants);
    if (refused) {
      refused = false;
    } else {
      pools.values().forEach(LocalPool::fill);
    }
    roomCameUp();
  }

  private void roomCameUp() {
    whenRoom.forEach(Runnable::run);
  }

  @Override
  public void onRoom(Runnable action) {
    whenRoom.add(action);
  }

  @Override
  public void updatePool(String runtimeId, String image) {
    var pool =
        Optional.ofNullable(pools.get(runtimeId))
            .orElseThrow(() -> new QinlingException(ErrorCode.NOT_FOUND, "Runtime not found"));
    pool.update(pool.pool().withImage(image), runtimes.forImage(image), START_PATIENCE);
  }

  @Override
  public void deletePool(String runtimeId) {
    Optional.ofNullable(pools.remove(runtimeId)).ifPresent(LocalPool::close);
    claimed.values().stream()
        .filter(worker -> worker.runtimeId().equals(runtimeId))
        .forEach(worker -> release(worker.process().worker()));
  }

  @Override
  public Set<String> runtimes() {
    return Set.copyOf(pools.keySet());
  }

  @Override
  public Optional<PoolStatus> describePool(String runtimeId) {
    return Optional.ofNullable(pools.get(runtimeId)).map(LocalPool::status);
  }

  @Override
  public Worker claim(Pool wanted, WorkerNeeds needs, Predicate<Worker> take, Duration patience) {
    var pool = open(wanted);
    while (true) {
      var process = take(pool, patience);
      // One that somebody else has is kept too: it ends with its pool.
      claimed.put(process.worker().name(), new Claimed(process, pool, wanted.runtimeId()));
      if (!process.isAlive()) {
        release(process.worker());
        continue;
      }
      if (!take.test(process.worker())) {
        continue;
      }
      if (closed) {
        release(process.worker());
        throw new QinlingException(ErrorCode.UNAVAILABLE, "The engine is stopping");
      }
      return limited(process, needs);
    }
  }

  private WorkerProcess take(LocalPool pool, Duration patience) {
    return pool.take(patience, false)
        .or(() -> endsFreeWorkerBeside(pool) ? pool.take(patience, true) : Optional.empty())
        .orElseThrow(() -> {
          refused = true;
          return new QinlingException(
              ErrorCode.OVERLOADED, "All workers of the runtime are busy; try again later");
        });
  }

  /** A free worker of another runtime makes room for one that is needed. */
  private boolean endsFreeWorkerBeside(LocalPool pool) {
    return pools.values().stream().anyMatch(other -> other != pool && other.endOneFree());
  }

  private Worker limited(WorkerProcess process, WorkerNeeds needs) {
    try {
      process.limit(needs);
      return process.worker();
    } catch (IOException failed) {
      release(process.worker());
      throw new UncheckedIOException("The limits of a worker cannot be set", failed);
    }
  }

  @Override
  public boolean sharesWorkers() {
    return false;
  }

  @Override
  public List<ClaimedWorker> claimed() {
    return List.of();
  }

  @Override
  public Optional<Worker> find(String worker) {
    return Optional.ofNullable(claimed.get(worker))
        .map(Claimed::process)
        .filter(WorkerProcess::isAlive)
        .map(WorkerProcess::worker);
  }

  @Override
  public void relieve(Worker worker) {
    var late = claimed.get(worker.name());
    if (late == null) {
      return;
    }
    setThrottled(late.process(), false);
    timer.schedule(
        () -> blocking.execute(() -> setThrottled(late.process(), true)),
        RELIEF.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private static void setThrottled(WorkerProcess process, boolean throttled) {
    try {
      process.setThrottled(throttled);
    } catch (IOException gone) {
      LOG.debugf(gone, "A worker ended meanwhile: worker=%s", process);
    }
  }

  @Override
  public void release(Worker worker) {
    var ending = claimed.remove(worker.name());
    if (ending != null) {
      ending.process().end();
      ending.pool().ended(ending.process());
    }
  }

  /** Workers are processes here. */
  @Override
  public Optional<ContainerRunner> containers() {
    return Optional.empty();
  }

  @Override
  public void close() {
    closed = true;
    pools.values().forEach(LocalPool::close);
    pools.clear();
    claimed.values().forEach(worker -> blocking.execute(() -> release(worker.process().worker())));
    blocking.close();
    try {
      WorkerProcess.deleteTree(folder);
      cgroups.close();
      lock.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
