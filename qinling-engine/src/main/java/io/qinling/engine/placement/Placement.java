// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
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
final class Placement implements WorkerHolder {
  private static final Logger LOG = Logger.getLogger(Placement.class);
  private static final long SHORT_LIFE_NANOS = Duration.ofSeconds(10).toNanos();

  private final Serial serial = new Serial();
  private final FunctionKey key;
  private final PlacementLimits limits;
  private final WorkerSupply supply;
  private final Claims claims;
  private final Provision provision;
  private final Coordination coordination;
  private final Executor blocking;
  private final LongSupplier nanoTime;
  private final Runnable whenClosed;

  /** What the latest caller runs; null until one has come. */
  private FunctionVersion function;

  private final List<PlacedWorker> workers = new ArrayList<>();
  // Those that get no more executions but have some that go on.
  private final Set<PlacedWorker> finishing = new HashSet<>();
  // The last slot given back is taken first: its worker is warm, and workers beyond need stay idle
  // and expire.
  private final Deque<Slot> free = new ArrayDeque<>();
  private final WaitingLine waiting = new WaitingLine();
  private final Set<Claim> claiming = new LinkedHashSet<>();
  // Those, and the releases, that came before the function version was owned.
  private final List<ScaleUp> scaleUps = new ArrayList<>();
  private final List<CompletableFuture<Void>> releases = new ArrayList<>();
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
      FunctionKey key,
      PlacementLimits limits,
      WorkerSupply supply,
      Claims claims,
      Provision provision,
      Coordination coordination,
      Executor blocking,
      LongSupplier nanoTime,
      Runnable whenClosed) {
    this.key = key;
    this.limits = limits;
    this.supply = supply;
    this.claims = claims;
    this.provision = provision;
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
                "Too many executions of the function are waiting; try again later",
                null,
                waiting.passage(nanoTime.getAsLong())));
      } else {
        waiting.add(waiter, nanoTime.getAsLong());
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
    if (tenure instanceof Tenure.Asking || tenure instanceof Tenure.GivingUp) {
      return;
    }
    tenure = tenure.to(new Tenure.Asking());
    var wanted = function;
    boolean adopting = workers.isEmpty() && finishing.isEmpty() && claiming.isEmpty();
    blocking.execute(() -> {
      try {
        switch (coordination.own(key)) {
          case Ownership.Owned(var session) -> {
            int provisioned = coordination.provisioned(key);
            List<LoadedWorker> adopted = adopting ? takeOver(wanted) : List.of();
            serial.run(() -> owned(session, provisioned, adopted));
          }
          case Ownership.OwnedByAnother(var address) ->
              serial.run(() -> surrender(new NotOwnerException(address)));
        }
      } catch (RuntimeException failed) {
        serial.run(() -> notAnswered(failed));
      }
    });
  }

  /** What an earlier owner left serves on, unless all that is asked for is its end. */
  private List<LoadedWorker> takeOver(FunctionVersion wanted) {
    if (wanted == null) {
      coordination.provision(key, 0);
      supply.endLeft(key);
      return List.of();
    }
    return supply.adopt(wanted);
  }

  private void owned(long session, int provisioned, List<LoadedWorker> adopted) {
    if (closed) {
      adopted.forEach(worker -> blocking.execute(() -> supply.handOver(worker)));
      blocking.execute(this::disown);
      return;
    }
    tenure = tenure.to(new Tenure.Owned(session));
    if (function == null) {
      released();
      endIfEmpty();
      return;
    }
    adopted.forEach(this::adopted);
    provision.restore(provisioned, limits.maxWorkers());
    if (!releases.isEmpty()) {
      retireAll();
      released();
    }
    serve();
    grow();
    List.copyOf(scaleUps).forEach(this::scaleUp);
    scaleUps.clear();
  }

  private void adopted(LoadedWorker worker) {
    claims.adopted(worker, function);
    offerSlots(track(worker));
  }

  private void disown() {
    try {
      coordination.disown(key);
    } catch (QinlingException away) {
      LOG.debugf(away, "Ownership ends with the session: function=%s", key);
    }
  }

  private void notAnswered(RuntimeException reason) {
    if (!closed) {
      tenure = tenure.to(new Tenure.Unowned());
      failWaiting(reason);
      if (function == null) {
        end();
      }
    }
  }

  /** Another engine has the function version: who waits is to ask there. */
  private void surrender(NotOwnerException reason) {
    if (closed) {
      return;
    }
    end();
    failWaiting(reason);
    withdraw();
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
    scaleUps.forEach(each -> each.fail(reason));
    scaleUps.clear();
    releases.forEach(each -> each.completeExceptionally(reason));
    releases.clear();
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
        withdraw();
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
      becameFree(slot.worker());
    } else {
      grant(slot, next);
    }
  }

  /** What matters only while claims are under way or find no room. */
  private void becameFree(PlacedWorker worker) {
    if (!claiming.isEmpty()) {
      withdraw();
    }
    if (worker.isIdle() && claims.areBlocked()) {
      claims.becameIdle();
    }
  }

  /** Makes a worker that cannot be reached useless at once, before its connections say so. */
  void reportLost(PlacedWorker worker) {
    serial.run(() -> lost(worker));
  }

  /**
   * Has the function version keep so many workers more than it has, and claims them ahead of need.
   *
   * @param limit has the action run that ends the wait for them; those that come later are kept too
   * @param missing gets how many could not be claimed for want of workers, or why none was tried
   * @param ifClosed called instead when this placement is closed
   */
  void scaleUp(
      FunctionVersion wanted,
      int count,
      Consumer<Runnable> limit,
      CompletableFuture<Integer> missing,
      Runnable ifClosed) {
    serial.run(() -> {
      if (closed) {
        ifClosed.run();
        return;
      }
      renew(wanted);
      var scaleUp = new ScaleUp(count, missing);
      limit.accept(scaleUp::end);
      if (isOwned()) {
        scaleUp(scaleUp);
      } else {
        scaleUps.add(scaleUp);
        own();
      }
    });
  }

  private void scaleUp(ScaleUp scaleUp) {
    provision.raise(scaleUp.count(), workers.size() + claiming.size(), limits.maxWorkers());
    scaleUp.expect(claimMissing());
  }

  /** Lowers what is to be kept, and retires workers, idle ones first, but leaves one. */
  void scaleDown(int count) {
    serial.run(() -> {
      provision.lower(count);
      int toKeep = Math.max(1, workers.size() + claiming.size() - count);
      withdraw();
      workers.stream()
          .sorted(Comparator.comparing(PlacedWorker::isIdle).reversed())
          .limit(Math.max(0, workers.size() - toKeep))
          .toList()
          .forEach(this::retire);
    });
  }

  /**
   * Retires all workers, those too that an earlier owner left; those who wait get new ones.
   *
   * @param released completes when none is listed any more, or gets why none was retired
   * @param ifClosed called instead when this placement is closed
   */
  void release(CompletableFuture<Void> released, Runnable ifClosed) {
    serial.run(() -> {
      if (closed) {
        ifClosed.run();
        return;
      }
      releases.add(released);
      if (isOwned()) {
        retireAll();
        released();
      } else {
        own();
      }
    });
  }

  private void retireAll() {
    provision.reset();
    withdraw();
    List.copyOf(workers).forEach(this::retire);
    grow();
  }

  private void released() {
    releases.forEach(each -> each.complete(null));
    releases.clear();
  }

  /**
   * Gives back workers that were idle for long, as far as they are not to be kept, claims those
   * that are missing, and closes the placement when nothing is left of it.
   */
  void expire() {
    serial.run(() -> {
      long now = nanoTime.getAsLong();
      workers.stream()
          .filter(worker -> worker.isIdleLongerThan(limits.idleExpiry().toNanos(), now))
          .sorted(longestIdle(now))
          .limit(Math.max(0, workers.size() - provision.workers()))
          .toList()
          .forEach(this::retire);
      grow();
      endIfEmpty();
    });
  }

  private void endIfEmpty() {
    if (!isEmpty()) {
      return;
    }
    switch (tenure) {
      case Tenure.Unowned _ -> end();
      case Tenure.Owned _ -> giveUp();
      case Tenure.Asking _, Tenure.GivingUp _, Tenure.Ended _ -> {}
    }
  }

  private boolean isEmpty() {
    return workers.isEmpty()
        && finishing.isEmpty()
        && waiting.isEmpty()
        && claiming.isEmpty()
        && scaleUps.isEmpty()
        && releases.isEmpty()
        && provision.workers() == 0;
  }

  /** Who comes meanwhile waits, lest what is owned for them be given up. */
  private void giveUp() {
    tenure = tenure.to(new Tenure.GivingUp());
    blocking.execute(() -> {
      try {
        disown();
      } finally {
        serial.run(this::givenUp);
      }
    });
  }

  private void givenUp() {
    if (closed) {
      return;
    }
    tenure = tenure.to(new Tenure.Unowned());
    if (isEmpty()) {
      end();
    } else {
      own();
    }
  }

  private void end() {
    tenure = tenure.to(new Tenure.Ended());
    closed = true;
    whenClosed.run();
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
        boolean owned = tenure instanceof Tenure.Owned;
        end();
        if (owned) {
          blocking.execute(this::disown);
        }
      }
      withdraw();
      workers.forEach(worker -> blocking.execute(() -> supply.leave(worker.loaded())));
    });
  }

  @Override
  public CompletableFuture<List<HeldWorker>> held() {
    var held = new CompletableFuture<List<HeldWorker>>();
    serial.run(() -> {
      long now = nanoTime.getAsLong();
      int spare = workers.size() - provision.workers();
      var list = new ArrayList<HeldWorker>();
      for (var worker : workers.stream().sorted(longestIdle(now)).toList()) {
        list.add(
            new HeldWorker(
                this,
                worker,
                function,
                worker.busySlots(),
                worker.idleNanos(now),
                worker.heldNanos(now),
                list.size() >= spare));
      }
      held.complete(closed ? List.of() : list);
    });
    return held;
  }

  private static Comparator<PlacedWorker> longestIdle(long now) {
    return Comparator.comparing(PlacedWorker::isIdle)
        .thenComparingLong(worker -> worker.idleNanos(now))
        .reversed();
  }

  @Override
  public CompletableFuture<Boolean> giveAway(PlacedWorker worker, boolean onlyIfIdle) {
    var given = new CompletableFuture<Boolean>();
    serial.run(() -> {
      boolean gives = !closed && workers.contains(worker) && (worker.isIdle() || !onlyIfIdle);
      if (gives) {
        retire(worker);
        grow();
      }
      given.complete(gives);
    });
    return given;
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
    if (function == null) {
      function = wanted;
    } else if (wanted.revision() > function.revision()) {
      boolean isUseful = wanted.runsTheSameAs(function);
      function = wanted;
      if (!isUseful) {
        claiming.forEach(claims::withdraw);
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

  private void grow() {
    var _ = claimMissing();
  }

  /**
   * Claims as many workers as those who wait need, or as are to be kept, all at once.
   *
   * @return all claims that are under way
   */
  private List<Claim> claimMissing() {
    int needed = needed();
    while (claiming.size() < missing()) {
      claim(claiming.size() < needed);
    }
    claiming.stream().limit(needed).forEach(claims::urge);
    return List.copyOf(claiming);
  }

  /** Workers that those who wait would fill. */
  private int needed() {
    return Math.ceilDiv(waiting.size(), limits.slotsPerWorker());
  }

  /** Workers to be claimed, those included for which that is under way. */
  private int missing() {
    if (closed || !isOwned()) {
      return 0;
    }
    return Math.min(
        Math.max(needed(), provision.workers() - workers.size()),
        limits.maxWorkers() - workers.size());
  }

  /**
   * Ends claims that nobody needs any more. While some wait, claims stay although fewer would do: a
   * queue goes up and down, and a claim should not lose its turn by that.
   */
  private void withdraw() {
    if (waiting.isEmpty()) {
      List.copyOf(claiming).stream().skip(Math.max(0, missing())).forEach(claims::withdraw);
    }
  }

  private void claim(boolean urgent) {
    var wanted = function;
    var claim = claims.claim(wanted, urgent);
    claiming.add(claim);
    claim
        .worker()
        .whenComplete((worker, failure) ->
            serial.run(() -> {
              claiming.remove(claim);
              switch (failure) {
                case null -> claimed(worker, wanted);
                case CancellationException _ -> grow();
                case RuntimeException reason -> claimFailed(wanted, reason);
                default -> throw new AssertionError(failure);
              }
            }));
  }

  private void claimed(LoadedWorker loaded, FunctionVersion wanted) {
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
    if (!wanted.runsTheSameAs(function)) {
      // It says nothing about the code that those who wait want to run.
      grow();
      return;
    }
    boolean retryable =
        reason instanceof QinlingException refused && refused.code() == ErrorCode.OVERLOADED;
    if (!retryable && !(reason instanceof FunctionLoadException)) {
      LOG.warnf(reason, "No worker could be made ready: function=%s", key);
    }
    // While there are workers or other claims the waiters are served, only later.
    if (workers.isEmpty() && claiming.isEmpty()) {
      failWaiting(reason);
    }
  }

  private void lost(PlacedWorker worker) {
    if (!stopped && workers.remove(worker)) {
      LOG.warnf("A worker was lost: worker=%s function=%s", worker.name(), key);
      worker.lose();
      leave(worker);
      // One that is to be kept but does not live is not replaced over and over without a pause.
      if (!waiting.isEmpty() || worker.heldNanos(nanoTime.getAsLong()) >= SHORT_LIFE_NANOS) {
        grow();
      }
    }
  }

  private void retire(PlacedWorker worker) {
    worker.retire();
    leave(worker);
  }

  private void leave(PlacedWorker worker) {
    workers.remove(worker);
    free.removeIf(slot -> slot.worker() == worker);
    finishing.add(worker);
    releaseIfIdle(worker);
  }

  private void releaseIfIdle(PlacedWorker worker) {
    if (stopped || !worker.isIdle() || !worker.end()) {
      return;
    }
    finishing.remove(worker);
    boolean surrendered = closed;
    blocking.execute(() -> {
      try {
        if (surrendered) {
          supply.handOver(worker.loaded());
        } else {
          supply.release(worker.loaded());
        }
      } finally {
        claims.ended(worker.loaded());
      }
    });
  }
}
