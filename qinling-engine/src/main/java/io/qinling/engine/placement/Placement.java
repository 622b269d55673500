// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
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
 * The workers of one function version and the executions that wait for them, which get them while
 * this engine owns the function version.
 *
 * <p>All state is touched by actions of one {@link Serial} only, so there is no lock; methods may
 * be called by any thread and never block. What blocks, claiming and releasing workers, runs on an
 * executor and reports back with an action.
 */
final class Placement {
  private static final Logger LOG = Logger.getLogger(Placement.class);

  private record ScaleUp(int count, CompletableFuture<Integer> missing) {}

  private final Serial serial = new Serial();
  private final PlacementLimits limits;
  private final WorkerSupply supply;
  private final Coordination coordination;
  private final Executor blocking;
  private final LongSupplier nanoTime;
  private final Runnable whenClosed;

  private FunctionVersion function;
  private final List<PlacedWorker> workers = new ArrayList<>();
  // The last slot given back is taken first: its worker is warm, and workers beyond need stay idle
  // and expire.
  private final Deque<Slot> free = new ArrayDeque<>();
  private final Queue<Waiter> waiting = new ArrayDeque<>();
  // Those that came before the function version was owned.
  private final List<ScaleUp> scaleUps = new ArrayList<>();
  private int claiming;
  private Tenure tenure = new Tenure.Unowned();

  /** Takes nothing new. */
  private boolean closed;

  /** The engine stops, and its workers are the orchestrator's affair. */
  private boolean stopped;

  /**
   * @param blocking runs what blocks
   * @param whenClosed called once, when the placement has become useless
   */
  Placement(
      FunctionVersion function,
      PlacementLimits limits,
      WorkerSupply supply,
      Coordination coordination,
      Executor blocking,
      LongSupplier nanoTime,
      Runnable whenClosed) {
    this.function = function;
    this.limits = limits;
    this.supply = supply;
    this.coordination = coordination;
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
      boolean owned = isOwned();
      var slot = owned ? free.poll() : null;
      if (slot != null) {
        grant(slot, waiter);
      } else if (waiting.size() >= limits.maxWaiting()) {
        waiter.failed(
            new QinlingException(
                ErrorCode.OVERLOADED,
                "Too many executions of the function are waiting; try again later"));
      } else {
        waiting.add(waiter);
        if (owned) {
          grow();
        } else {
          own();
        }
      }
    });
  }

  /** In the session of now, which may be over without a word. */
  private boolean isOwned() {
    return tenure instanceof Tenure.Owned(var session) && session == coordination.session();
  }

  /** Has the coordination asked, once for all who wait. */
  private void own() {
    if (tenure instanceof Tenure.Asking) {
      return;
    }
    tenure = tenure.to(new Tenure.Asking());
    var wanted = function;
    boolean adopting = workers.isEmpty() && claiming == 0;
    blocking.execute(() -> {
      try {
        switch (coordination.own(wanted.key())) {
          case Ownership.Owned(var session) -> {
            List<LoadedWorker> adopted = adopting ? supply.adopt(wanted) : List.of();
            serial.run(() -> owned(session, adopted));
          }
          case Ownership.OwnedByAnother(var address) ->
              serial.run(() -> surrender(new NotOwnerException(address)));
        }
      } catch (RuntimeException failed) {
        serial.run(() -> notAnswered(failed));
      }
    });
  }

  private void owned(long session, List<LoadedWorker> adopted) {
    if (closed) {
      adopted.forEach(worker -> blocking.execute(() -> supply.handOver(worker)));
      blocking.execute(this::disown);
      return;
    }
    tenure = tenure.to(new Tenure.Owned(session));
    adopted.forEach(worker -> offerSlots(track(worker)));
    serve();
    grow();
    List.copyOf(scaleUps).forEach(each -> scaleUp(each.count(), each.missing()));
    scaleUps.clear();
  }

  private void disown() {
    try {
      coordination.disown(function.key());
    } catch (QinlingException away) {
      LOG.debugf(away, "Ownership ends with the session: function=%s", function.key());
    }
  }

  private void notAnswered(RuntimeException reason) {
    if (!closed) {
      tenure = tenure.to(new Tenure.Unowned());
      failWaiting(reason);
    }
  }

  /** Another engine has the function version: who waits is to ask there. */
  private void surrender(NotOwnerException reason) {
    if (closed) {
      return;
    }
    tenure = tenure.to(new Tenure.Ended());
    closed = true;
    whenClosed.run();
    failWaiting(reason);
    List.copyOf(workers).forEach(this::retire);
  }

  /** Asks again whose the function version is, after something happened to that. */
  void verifyOwnership() {
    serial.run(() -> {
      if (!closed && tenure instanceof Tenure.Owned) {
        own();
      }
    });
  }

  private void failWaiting(RuntimeException reason) {
    for (var waiter = waiting.poll(); waiter != null; waiter = waiting.poll()) {
      waiter.failed(reason);
    }
    scaleUps.forEach(each -> each.missing().completeExceptionally(reason));
    scaleUps.clear();
  }

  /** Gives free slots to those who wait. */
  private void serve() {
    while (isOwned() && !free.isEmpty() && !waiting.isEmpty()) {
      grant(free.poll(), waiting.poll());
    }
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
      offer(slot);
    });
  }

  private void offer(Slot slot) {
    var next = isOwned() ? waiting.poll() : null;
    if (next == null) {
      free.push(slot);
    } else {
      grant(slot, next);
    }
  }

  /** Makes a worker that cannot be reached useless at once, before its connections say so. */
  void reportLost(PlacedWorker worker) {
    serial.run(() -> lost(worker));
  }

  /**
   * Claims workers ahead of need.
   *
   * @param missing gets how many could not be claimed for want of workers, or why none was tried
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
      if (isOwned()) {
        scaleUp(count, missing);
      } else {
        scaleUps.add(new ScaleUp(count, missing));
        own();
      }
    });
  }

  private void scaleUp(int count, CompletableFuture<Integer> missing) {
    int allowed = Math.min(count, limits.maxWorkers() - workers.size() - claiming);
    var claims = new ArrayList<CompletableFuture<Boolean>>();
    for (int i = 0; i < allowed; i++) {
      claims.add(claim());
    }
    CompletableFuture.allOf(claims.toArray(CompletableFuture[]::new))
        .thenRun(() ->
            missing.complete(
                count - (int) claims.stream().filter(CompletableFuture::join).count()));
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
      if (workers.isEmpty()
          && waiting.isEmpty()
          && claiming == 0
          && !closed
          && !(tenure instanceof Tenure.Asking)) {
        giveUp();
      }
    });
  }

  private void giveUp() {
    boolean owned = tenure instanceof Tenure.Owned;
    tenure = tenure.to(new Tenure.Ended());
    closed = true;
    whenClosed.run();
    if (owned) {
      blocking.execute(this::disown);
    }
  }

  /**
   * Fails those who wait, gives the function version up and leaves the workers to the orchestrator:
   * the engine stops.
   */
  void close(QinlingException reason) {
    serial.run(() -> {
      stopped = true;
      failWaiting(reason);
      if (!closed) {
        giveUp();
      }
      workers.forEach(worker -> blocking.execute(() -> supply.leave(worker.loaded())));
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
    if (!isOwned()) {
      return;
    }
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
    var worker = track(loaded);
    if (closed || !wanted.runsTheSameAs(function)) {
      retire(worker);
      grow();
    } else {
      offerSlots(worker);
    }
  }

  private PlacedWorker track(LoadedWorker loaded) {
    var worker = new PlacedWorker(loaded, nanoTime.getAsLong());
    workers.add(worker);
    loaded.onLost(() -> serial.run(() -> lost(worker)));
    return worker;
  }

  private void offerSlots(PlacedWorker worker) {
    for (int i = 0; i < worker.loaded().slots(); i++) {
      offer(new Slot(this, worker, i));
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
      failWaiting(reason);
    }
  }

  private void lost(PlacedWorker worker) {
    if (!stopped && workers.remove(worker)) {
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
    if (stopped || !worker.isIdle()) {
      return;
    }
    boolean surrendered = closed;
    blocking.execute(() -> {
      if (surrendered) {
        supply.handOver(worker.loaded());
      } else {
        supply.release(worker.loaded());
      }
    });
  }
}
