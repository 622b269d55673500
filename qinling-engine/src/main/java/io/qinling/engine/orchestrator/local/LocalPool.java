// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.PoolStatus;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * The free workers of one runtime. It starts workers until it has its size and one more for each
 * claimant that waits, so that a burst gets its workers at once and the pool is full again
 * afterwards.
 */
final class LocalPool {
  private static final Logger LOG = Logger.getLogger(LocalPool.class);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int size;
  private final WorkerStarter starter;
  private final Semaphore capacity;
  private final Runnable capacityFreed;
  private final Runnable becameFree;
  private final Executor blocking;
  private final ScheduledExecutorService timer;

  // All below: guarded by the lock.
  // Each holds a permit of the capacity.
  private final Set<WorkerProcess> living = new HashSet<>();
  private final Deque<WorkerProcess> idle = new ArrayDeque<>();
  private Pool pool;
  private RuntimeFolder runtime;
  private int generation;
  private int starting;
  private int claimants;

  /** Of the claimants, those for whom a worker of another pool is being ended. */
  private int promised;

  private int claimed;
  private boolean retrying;
  private boolean closed;
  private Optional<String> startFailure = Optional.empty();

  /**
   * @param size free workers to keep
   * @param capacity a permit for each worker that this host may run
   * @param capacityFreed called when a permit has come back
   * @param becameFree called when there is one more free worker
   * @param blocking runs what blocks
   */
  LocalPool(
      Pool pool,
      RuntimeFolder runtime,
      int size,
      WorkerStarter starter,
      Semaphore capacity,
      Runnable capacityFreed,
      Runnable becameFree,
      Executor blocking,
      ScheduledExecutorService timer) {
    this.pool = pool;
    this.runtime = runtime;
    this.size = size;
    this.starter = starter;
    this.capacity = capacity;
    this.capacityFreed = capacityFreed;
    this.becameFree = becameFree;
    this.blocking = blocking;
    this.timer = timer;
  }

  /**
   * Waits until the pool has its workers, or as many as the host can carry.
   *
   * @throws QinlingException ORCHESTRATOR_FAILED when a worker does not start
   */
  void awaitFull(Duration patience) {
    lock.lock();
    try {
      fill();
      long left = patience.toNanos();
      while (startFailure.isEmpty()
          && left > 0
          && (idle.isEmpty() || (idle.size() < size && starting > 0))) {
        left = changed.awaitNanos(left);
      }
      if (startFailure.isPresent() || idle.isEmpty()) {
        throw new QinlingException(
            ErrorCode.ORCHESTRATOR_FAILED, startFailure.orElse("No worker became ready in time"));
      }
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a free worker, or one that is starting; empty when there is none for this claimant beside
   * the others, at once, or when it has not started within the patience.
   *
   * @param isPromised whether capacity is about to become free for this claimant
   * @throws QinlingException ORCHESTRATOR_FAILED when there is none and none starts
   */
  Optional<WorkerProcess> take(Duration patience, boolean isPromised) {
    lock.lock();
    try {
      claimants++;
      promised += isPromised ? 1 : 0;
      fill();
      long left = patience.toNanos();
      while (!closed && left > 0 && (idle.isEmpty() || hasNoRoom())) {
        if (startFailure.isPresent() && starting == 0) {
          throw new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, startFailure.get());
        }
        if (hasNoRoom()) {
          return Optional.empty();
        }
        left = changed.awaitNanos(left);
      }
      var worker = Optional.ofNullable(closed ? null : idle.poll());
      worker.ifPresent(taken -> claimed++);
      return worker;
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    } finally {
      claimants--;
      promised -= isPromised ? 1 : 0;
      changed.signalAll();
      fill();
      lock.unlock();
    }
  }

  /** There are more claimants than workers that are free or starting. */
  private boolean hasNoRoom() {
    return claimants > idle.size() + starting + promised && !retrying;
  }

  private static QinlingException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new QinlingException(ErrorCode.UNAVAILABLE, "The engine is stopping", cause);
  }

  /** To be called when a claimed worker has ended. */
  void ended(WorkerProcess worker) {
    lock.lock();
    try {
      claimed--;
    } finally {
      lock.unlock();
    }
    exited(worker);
  }

  /** Ends a free worker; false when there is none. */
  boolean endOneFree() {
    lock.lock();
    try {
      var ending = Optional.ofNullable(idle.poll());
      ending.ifPresent(worker -> blocking.execute(worker::end));
      return ending.isPresent();
    } finally {
      lock.unlock();
    }
  }

  /** Starts a worker for each claimant that there is none for. */
  void fillForClaimants() {
    fill(0);
  }

  /** Starts what is missing; also to be called when capacity became free. */
  void fill() {
    fill(size);
  }

  private void fill(int spare) {
    lock.lock();
    try {
      while (!closed
          && !retrying
          && idle.size() + starting < spare + claimants
          && capacity.tryAcquire()) {
        starting++;
        var wanted = runtime;
        int forGeneration = generation;
        blocking.execute(() -> start(wanted, forGeneration));
      }
    } finally {
      lock.unlock();
    }
  }

  private void start(RuntimeFolder wanted, int forGeneration) {
    WorkerProcess worker;
    try {
      worker = starter.start(wanted);
    } catch (IOException | RuntimeException failed) {
      LOG.warnf(
          "A worker did not start: runtime=%s reason=%s", pool.runtimeId(), failed.getMessage());
      capacity.release();
      startFailed(failed, forGeneration);
      capacityFreed.run();
      return;
    }
    addLiving(worker);
    worker.onExit().thenRun(() -> exited(worker));
    if (started(worker, forGeneration)) {
      becameFree.run();
    } else {
      worker.end();
    }
  }

  private void addLiving(WorkerProcess worker) {
    lock.lock();
    try {
      living.add(worker);
    } finally {
      lock.unlock();
    }
  }

  /** False when the worker is not wanted any more. */
  private boolean started(WorkerProcess worker, int forGeneration) {
    lock.lock();
    try {
      starting--;
      boolean wanted = !closed && generation == forGeneration;
      if (wanted) {
        idle.add(worker);
        startFailure = Optional.empty();
      }
      changed.signalAll();
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  private void startFailed(Exception reason, int forGeneration) {
    lock.lock();
    try {
      starting--;
      if (generation == forGeneration) {
        startFailure = Optional.of(String.valueOf(reason.getMessage()));
        retryLater();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What fails to start is not started over and over without a pause. */
  private void retryLater() {
    if (retrying) {
      return;
    }
    retrying = true;
    timer.schedule(
        () -> {
          lock.lock();
          try {
            retrying = false;
            fill();
            changed.signalAll();
          } finally {
            lock.unlock();
          }
        },
        RETRY.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** Its capacity is free again. May be called twice. */
  private void exited(WorkerProcess worker) {
    lock.lock();
    try {
      if (!living.remove(worker)) {
        return;
      }
      capacity.release();
      if (idle.remove(worker)) {
        LOG.warnf("A free worker ended by itself: worker=%s", worker);
        blocking.execute(worker::end);
        retryLater();
      }
    } finally {
      lock.unlock();
    }
    capacityFreed.run();
  }

  /**
   * Replaces the free workers by ones of another image, and waits until they are there.
   *
   * @throws QinlingException ORCHESTRATOR_FAILED when they do not start; the pool is as before then
   */
  void update(Pool newPool, RuntimeFolder newRuntime, Duration patience) {
    var oldPool = pool();
    var oldRuntime = replace(newPool, newRuntime);
    try {
      awaitFull(patience);
    } catch (QinlingException failed) {
      replace(oldPool, oldRuntime);
      throw failed;
    }
  }

  private RuntimeFolder replace(Pool newPool, RuntimeFolder newRuntime) {
    lock.lock();
    try {
      var old = runtime;
      pool = newPool;
      runtime = newRuntime;
      generation++;
      startFailure = Optional.empty();
      retrying = false;
      endIdle();
      fill();
      return old;
    } finally {
      lock.unlock();
    }
  }

  private void endIdle() {
    var ending = List.copyOf(idle);
    idle.clear();
    ending.forEach(worker -> blocking.execute(worker::end));
  }

  Pool pool() {
    lock.lock();
    try {
      return pool;
    } finally {
      lock.unlock();
    }
  }

  PoolStatus status() {
    lock.lock();
    try {
      return new PoolStatus(pool.image(), idle.size() + claimed, idle.size(), claimed);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the free workers and starts no more. */
  void close() {
    lock.lock();
    try {
      closed = true;
      endIdle();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
