// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.engine.worker.WorkerCall;
import io.qinling.engine.worker.WorkerResult;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** Workers that are claimed when a test says so, and only then. */
final class FakeWorkers implements WorkerSupply {
  /** What a placement wants done that blocks; a test runs it when it is time. */
  final Queue<Runnable> blocking = new ArrayDeque<>();

  final List<FakeWorker> claimed = new ArrayList<>();
  final List<String> claimedFor = new ArrayList<>();
  final List<String> released = new ArrayList<>();
  final List<String> handedOver = new ArrayList<>();
  final List<String> left = new ArrayList<>();
  final List<FakeWorker> adoptable = new ArrayList<>();
  private final int slots;
  private RuntimeException failure;
  private Runnable duringClaim = () -> {};
  private int room = Integer.MAX_VALUE;
  private final List<Runnable> whenRoom = new ArrayList<>();

  FakeWorkers(int slots) {
    this.slots = slots;
  }

  /** How many more workers there are. */
  void makeRoomFor(int workers) {
    room = workers;
  }

  void failWith(RuntimeException reason) {
    failure = reason;
  }

  /** Has something happen in the middle of a claim that fails. */
  void whileClaiming(Runnable action) {
    duringClaim = action;
  }

  /** Runs what blocks, also what comes up meanwhile. */
  void settle() {
    for (var next = blocking.poll(); next != null; next = blocking.poll()) {
      next.run();
    }
  }

  @Override
  public LoadedWorker claim(FunctionVersion function, Runnable taken) {
    if (failure != null) {
      var reason = failure;
      duringClaim.run();
      throw reason;
    }
    if (room == 0) {
      throw new QinlingException(ErrorCode.OVERLOADED, "all workers are held");
    }
    taken.run();
    room--;
    claimedFor.add(function.key().functionId());
    var worker = new FakeWorker("worker-" + claimed.size(), slots);
    claimed.add(worker);
    return worker;
  }

  @Override
  public void release(LoadedWorker worker) {
    released.add(worker.worker().name());
    room++;
    whenRoom.forEach(Runnable::run);
  }

  @Override
  public void onRoom(Runnable action) {
    whenRoom.add(action);
  }

  @Override
  public List<LoadedWorker> adopt(FunctionVersion function) {
    var adopted = List.<LoadedWorker>copyOf(adoptable);
    adoptable.clear();
    return adopted;
  }

  @Override
  public List<String> left(FunctionKey function) {
    return adoptable.stream().map(worker -> worker.worker().name()).toList();
  }

  @Override
  public void endLeft(FunctionKey function) {
    adoptable.forEach(this::release);
    adoptable.clear();
  }

  @Override
  public void handOver(LoadedWorker worker) {
    handedOver.add(worker.worker().name());
  }

  @Override
  public void leave(LoadedWorker worker) {
    left.add(worker.worker().name());
  }

  /** A worker that executes nothing. */
  static final class FakeWorker implements LoadedWorker {
    private final Worker worker;
    private final int slots;
    private Runnable onLost;

    FakeWorker(String name, int slots) {
      this.worker = new Worker(name, InetSocketAddress.createUnresolved("nowhere", 1), "secret");
      this.slots = slots;
    }

    void lose() {
      onLost.run();
    }

    @Override
    public Worker worker() {
      return worker;
    }

    @Override
    public FunctionKey function() {
      throw new AssertionError("Placements know what they asked for");
    }

    @Override
    public int slots() {
      return slots;
    }

    @Override
    public void onLost(Runnable action) {
      onLost = action;
    }

    @Override
    public CompletableFuture<WorkerResult> execute(int slot, WorkerCall call) {
      throw new AssertionError("Placements do not execute");
    }

    @Override
    public void cancel(String executionId) {
      throw new AssertionError("Placements do not cancel");
    }

    @Override
    public void close() {}
  }
}
