// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The claims of all function versions of this engine. They are served in turn, so that a project
 * that wants many workers does not keep others from the one that they want; see {@link
 * Shares#inTurn}. A claim that finds no room waits for it, and has room made; see {@link RoomPlan}.
 *
 * <p>All state is touched by actions of one {@link Serial} only; methods may be called by any
 * thread and never block.
 */
final class Claims {
  /** Cold starts at a time. They are the more expensive the more there are. */
  private static final int UNDER_WAY = 32;

  /** Of one project, so that code which hangs while it is loaded holds up nobody else. */
  private static final int UNDER_WAY_OF_PROJECT = 8;

  /** Runs an action later. */
  @FunctionalInterface
  interface Alarm {
    void after(long nanos, Runnable action);
  }

  private final Serial serial = new Serial();
  private final WorkerSupply supply;
  private final Executor blocking;
  private final Supplier<? extends Collection<? extends WorkerHolder>> holders;
  private final Alarm alarm;
  private final AtomicLong numbers = new AtomicLong();

  private final Shares shares = new Shares();
  private final Set<Claim> pending = new LinkedHashSet<>();
  private final Set<Claim> underWay = new HashSet<>();

  /** Those under way whose worker is still in its pool. */
  private final Set<Claim> taking = new HashSet<>();

  private final Map<LoadedWorker, FunctionVersion> held = new HashMap<>();

  /** Held ones that are given up to make room, and do not count as shares any more. */
  private final Set<LoadedWorker> leaving = new HashSet<>();

  /** Runtimes of which no worker can be claimed until room comes up. */
  private final Set<String> full = new HashSet<>();

  /** Room is short: claims are tried one by one, since only that keeps their order. */
  private boolean narrow;

  private long timesRoomCameUp;
  private boolean asking;
  private boolean askAgain;
  private boolean alarmSet;
  private boolean closed;
  private volatile boolean blocked;

  /**
   * @param blocking runs what blocks
   * @param holders all who hold workers
   */
  Claims(
      WorkerSupply supply,
      Executor blocking,
      Supplier<? extends Collection<? extends WorkerHolder>> holders,
      Alarm alarm) {
    this.supply = supply;
    this.blocking = blocking;
    this.holders = holders;
    this.alarm = alarm;
    supply.onRoom(this::roomCameUp);
  }

  /**
   * Claims a worker. It has no limit of time: who does not want it any more withdraws.
   *
   * @param urgent whether an execution waits for the worker
   */
  Claim claim(FunctionVersion function, boolean urgent) {
    var claim = new Claim(function, numbers.incrementAndGet(), urgent);
    serial.run(() -> {
      pending.add(claim);
      serve();
      makeRoom();
    });
    return claim;
  }

  /** An execution waits for the worker now. */
  void urge(Claim claim) {
    if (!claim.isUrgent()) {
      claim.urge();
      serial.run(this::makeRoom);
    }
  }

  /** Cancels a claim that waits; one that is under way gets its worker. */
  void withdraw(Claim claim) {
    serial.run(() -> {
      if (pending.remove(claim)) {
        claim.worker().cancel(false);
        serve();
      }
    });
  }

  /** Counts a worker that came to its holder without a claim. */
  void adopted(LoadedWorker worker, FunctionVersion function) {
    serial.run(() -> {
      if (held.put(worker, function) == null) {
        shares.add(function);
      }
    });
  }

  /** A worker is not held any more, and has ended. */
  void ended(LoadedWorker worker) {
    serial.run(() -> {
      var function = held.remove(worker);
      boolean wasCounted = !leaving.remove(worker) && function != null;
      if (wasCounted) {
        shares.remove(function);
      }
    });
    roomCameUp();
  }

  /** Whether claims find no room, so that it matters when a worker becomes idle. */
  boolean areBlocked() {
    return blocked;
  }

  /** A worker became idle while claims find no room: when it stays so, it is given up. */
  void becameIdle() {
    serial.run(() -> ringAfter(RoomPlan.REST.toNanos()));
  }

  private void roomCameUp() {
    serial.run(() -> {
      timesRoomCameUp++;
      full.clear();
      serve();
    });
  }

  /** Starts no claim any more. */
  void close() {
    serial.run(() -> {
      closed = true;
      pending.clear();
      blocked = false;
    });
  }

  private void serve() {
    while (!closed && underWay.size() < UNDER_WAY && !(narrow && !taking.isEmpty())) {
      var next =
          pending.stream()
              .filter(claim -> !isBlocked(claim) && !isBusyProject(claim))
              .min(shares.inTurn());
      if (next.isEmpty()) {
        break;
      }
      begin(next.get());
    }
    narrow = narrow && !(pending.isEmpty() && full.isEmpty());
    blocked = pending.stream().anyMatch(this::isBlocked);
  }

  private boolean isBlocked(Claim claim) {
    return full.contains(claim.function().pool().runtimeId());
  }

  private boolean isBusyProject(Claim claim) {
    var project = claim.function().projectId();
    return underWay.stream().filter(other -> other.function().projectId().equals(project)).count()
        >= UNDER_WAY_OF_PROJECT;
  }

  private void begin(Claim claim) {
    pending.remove(claim);
    underWay.add(claim);
    taking.add(claim);
    shares.serve(claim.function());
    long seen = timesRoomCameUp;
    blocking.execute(() -> {
      try {
        var worker = supply.claim(claim.function(), () -> serial.run(() -> taken(claim)));
        serial.run(() -> claimed(claim, worker));
      } catch (RuntimeException reason) {
        serial.run(() -> failed(claim, reason, seen));
      }
    });
  }

  private void taken(Claim claim) {
    if (taking.remove(claim)) {
      serve();
    }
  }

  private void claimed(Claim claim, LoadedWorker worker) {
    taking.remove(claim);
    underWay.remove(claim);
    held.put(worker, claim.function());
    claim.worker().complete(worker);
    serve();
    makeRoom();
  }

  private void failed(Claim claim, RuntimeException reason, long seen) {
    taking.remove(claim);
    underWay.remove(claim);
    shares.remove(claim.function());
    boolean foundNoRoom =
        reason instanceof QinlingException refused && refused.code() == ErrorCode.OVERLOADED;
    if (foundNoRoom && !closed) {
      pending.add(claim);
      narrow = true;
      // Otherwise room may have come up after the refusal.
      if (seen == timesRoomCameUp) {
        full.add(claim.function().pool().runtimeId());
      }
    } else {
      claim.worker().completeExceptionally(reason);
    }
    serve();
    makeRoom();
  }

  /** Asks all who hold workers what they have, and some of them to give one up. */
  private void makeRoom() {
    if (!blocked || closed) {
      return;
    }
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    var answers = holders.get().stream().map(WorkerHolder::held).toList();
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenRun(() ->
            serial.run(() ->
                makeRoom(
                    answers.stream()
                        .map(CompletableFuture::join)
                        .flatMap(List::stream)
                        .filter(worker -> !leaving.contains(worker.worker().loaded()))
                        .toList())));
  }

  private void makeRoom(List<HeldWorker> workers) {
    asking = false;
    var plan =
        RoomPlan.make(
            pending.stream().filter(this::isBlocked).toList(),
            leaving.size(),
            workers,
            shares.copy());
    plan.moves().forEach(this::ask);
    plan.again().ifPresent(this::ringAfter);
    if (askAgain) {
      askAgain = false;
      makeRoom();
    }
  }

  private void ask(RoomPlan.Move move) {
    var worker = move.worker().worker();
    var function = held.get(worker.loaded());
    if (function == null) {
      // It has ended since.
      return;
    }
    leaving.add(worker.loaded());
    shares.remove(function);
    move.worker()
        .holder()
        .giveAway(worker, move.onlyIfIdle())
        .thenAccept(given -> {
          if (!given) {
            serial.run(() -> kept(worker.loaded(), function));
          }
        });
  }

  private void kept(LoadedWorker worker, FunctionVersion function) {
    if (leaving.remove(worker)) {
      shares.add(function);
      makeRoom();
    }
  }

  private void ringAfter(long nanos) {
    if (!alarmSet) {
      alarmSet = true;
      alarm.after(
          nanos,
          () ->
              serial.run(() -> {
                alarmSet = false;
                makeRoom();
              }));
    }
  }
}
