// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The workers of one function version and the executions that wait for them.
 *
 * <p>All state is touched by actions of one {@link Serial} only, so there is no lock; methods may
 * be called by any thread and never block. What blocks, claiming and releasing workers, runs on an
 * executor and reports back with an action.
 */
final class Placement {
  private static final Logger LOG = Logger.getLogger(Placement.class);

  private final Serial serial = new Serial();
  private final PlacementLimits limits;
  private final WorkerSupply supply;
  private final Executor blocking;
  private final LongSupplier nanoTime;
  private final Runnable whenClosed;

  private FunctionVersion function;
  private final List<PlacedWorker> workers = new ArrayList<>();
  // The last slot given back is taken first: its worker is warm, and workers beyond need stay idle
  // and expire.
  private final Deque<Slot> free = new ArrayDeque<>();
  private final Queue<Waiter> waiting = new ArrayDeque<>();
  private int claiming;
  private boolean closed;

  /**
   * @param blocking runs what blocks
   * @param whenClosed called once, when the placement has become useless
   */
  Placement(
      FunctionVersion function,
      PlacementLimits limits,
      WorkerSupply supply,
      Executor blocking,
      LongSupplier nanoTime,
      Runnable whenClosed) {
    this.function = function;
    this.limits = limits;
    this.supply = supply;
    this.blocking = blocking;
    this.nanoTime = nanoTime;
    this.whenClosed = whenClosed;
  }

  /**
   * Asks for a slot.
   *
   * @param ifClosed called instead of the waiter when this placement is closed
   */
  void acquire(FunctionVersion wanted, Waiter waiter, Runnable ifClosed) {
    serial.run(() -> {
      if (closed) {
        ifClosed.run();
        return;
      }
      renew(wanted);
      var slot = free.poll();
      if (slot != null) {
        grant(slot, waiter);
      } else if (waiting.size() >= limits.maxWaiting()) {
        waiter.failed(
            new QinlingException(
                ErrorCode.OVERLOADED,
                "Too many executions of the function are waiting; try again later"));
      } else {
        waiting.add(waiter);
        grow();
      }
    });
  }

  /** Ends the wait of a waiter; does nothing when it does not wait any more. */
  void abandon(Waiter waiter, QinlingException reason) {
    serial.run(() -> {
      if (waiting.remove(waiter)) {
        waiter.failed(reason);
      }
    });
  }

  void giveBack(Slot slot) {
    serial.run(() -> {
      var worker = slot.worker();
      worker.giveBack(nanoTime.getAsLong());
      if (worker.isRetired()) {
        releaseIfIdle(worker);
        return;
      }
      var next = waiting.poll();
      if (next == null) {
        free.push(slot);
      } else {
        grant(slot, next);
      }
    });
  }

  /** Makes a worker that cannot be reached useless at once, before its connections say so. */
  void reportLost(PlacedWorker worker) {
    serial.run(() -> lost(worker));
  }

  /**
   * Claims workers ahead of need.
   *
   * @param missing gets how many could not be claimed for want of workers
   * @param ifClosed called instead when this placement is closed
   */
  void scaleUp(
      FunctionVersion wanted, int count, CompletableFuture<Integer> missing, Runnable ifClosed) {
    serial.run(() -> {
      if (closed) {
        ifClosed.run();
        return;
      }
      renew(wanted);
      int allowed = Math.min(count, limits.maxWorkers() - workers.size() - claiming);
      var claims = new ArrayList<CompletableFuture<Boolean>>();
      for (int i = 0; i < allowed; i++) {
        claims.add(claim());
      }
      CompletableFuture.allOf(claims.toArray(CompletableFuture[]::new))
          .thenRun(() ->
              missing.complete(
                  count - (int) claims.stream().filter(CompletableFuture::join).count()));
    });
  }

  /** Retires workers, idle ones first, but leaves one. */
  void scaleDown(int count) {
    serial.run(() ->
        workers.stream()
            .sorted(Comparator.comparing(PlacedWorker::isIdle).reversed())
            .limit(Math.min(count, Math.max(workers.size() - 1, 0)))
            .toList()
            .forEach(this::retire));
  }

  /** Retires all workers. The answer comes when none is listed any more. */
  CompletableFuture<Void> release() {
    var released = new CompletableFuture<Void>();
    serial.run(() -> {
      List.copyOf(workers).forEach(this::retire);
      released.complete(null);
    });
    return released;
  }

  /**
   * Gives back workers that were idle for long, and closes the placement when nothing is left of
   * it.
   */
  void expire() {
    serial.run(() -> {
      long now = nanoTime.getAsLong();
      workers.stream()
          .filter(worker -> worker.isIdleLongerThan(limits.idleExpiry().toNanos(), now))
          .toList()
          .forEach(this::retire);
      if (workers.isEmpty() && waiting.isEmpty() && claiming == 0 && !closed) {
        closed = true;
        whenClosed.run();
      }
    });
  }

  /** Fails those who wait and leaves the workers to the orchestrator, which is to end them all. */
  void close(QinlingException reason) {
    serial.run(() -> {
      closed = true;
      for (var waiter = waiting.poll(); waiter != null; waiter = waiting.poll()) {
        waiter.failed(reason);
      }
    });
  }

  CompletableFuture<List<String>> workerNames() {
    var names = new CompletableFuture<List<String>>();
    serial.run(() -> names.complete(workers.stream().map(PlacedWorker::name).sorted().toList()));
    return names;
  }

  /**
   * A caller that knows a later revision makes all workers of earlier ones useless, unless it is
   * another version of the function that has changed.
   */
  private void renew(FunctionVersion wanted) {
    if (wanted.revision() > function.revision()) {
      boolean isUseful = wanted.runsTheSameAs(function);
      function = wanted;
      if (!isUseful) {
        List.copyOf(workers).forEach(this::retire);
        grow();
      }
    }
  }

  private static void grant(Slot slot, Waiter waiter) {
    slot.worker().take();
    try {
      waiter.granted(slot);
    } catch (RuntimeException defect) {
      slot.giveBack();
      waiter.failed(defect);
    }
  }

  /** Claims as many workers as those who wait need, all at once. */
  private void grow() {
    int needed = Math.ceilDiv(waiting.size(), limits.slotsPerWorker());
    int allowed = limits.maxWorkers() - workers.size();
    while (claiming < Math.min(needed, allowed)) {
      var _ = claim();
    }
  }

  private CompletableFuture<Boolean> claim() {
    claiming++;
    var wanted = function;
    var claimed = new CompletableFuture<Boolean>();
    blocking.execute(() -> {
      try {
        var worker = supply.claim(wanted);
        serial.run(() -> claimed(worker, wanted));
        claimed.complete(true);
      } catch (RuntimeException reason) {
        serial.run(() -> claimFailed(wanted, reason));
        claimed.complete(false);
      }
    });
    return claimed;
  }

  private void claimed(LoadedWorker loaded, FunctionVersion wanted) {
    claiming--;
    var worker = new PlacedWorker(loaded, nanoTime.getAsLong());
    workers.add(worker);
    loaded.onLost(() -> serial.run(() -> lost(worker)));
    if (!wanted.runsTheSameAs(function)) {
      retire(worker);
      grow();
      return;
    }
    for (int i = 0; i < loaded.slots(); i++) {
      var slot = new Slot(this, worker, i);
      var next = waiting.poll();
      if (next == null) {
        free.push(slot);
      } else {
        grant(slot, next);
      }
    }
  }

  private void claimFailed(FunctionVersion wanted, RuntimeException reason) {
    claiming--;
    if (!wanted.runsTheSameAs(function)) {
      // It says nothing about the code that those who wait want to run.
      grow();
      return;
    }
    boolean retryable =
        reason instanceof QinlingException refused && refused.code() == ErrorCode.OVERLOADED;
    if (!retryable && !(reason instanceof FunctionLoadException)) {
      LOG.warnf(reason, "No worker could be made ready: function=%s", function.key());
    }
    // While there are workers or other claims the waiters are served, only later.
    if (workers.isEmpty() && claiming == 0) {
      for (var waiter = waiting.poll(); waiter != null; waiter = waiting.poll()) {
        waiter.failed(reason);
      }
    }
  }

  private void lost(PlacedWorker worker) {
    if (!closed && workers.remove(worker)) {
      LOG.warnf("A worker was lost: worker=%s function=%s", worker.name(), function.key());
      retire(worker);
      grow();
    }
  }

  private void retire(PlacedWorker worker) {
    worker.retire();
    workers.remove(worker);
    free.removeIf(slot -> slot.worker() == worker);
    releaseIfIdle(worker);
  }

  private void releaseIfIdle(PlacedWorker worker) {
    if (!closed && worker.isIdle()) {
      blocking.execute(() -> supply.release(worker.loaded()));
    }
  }
}
