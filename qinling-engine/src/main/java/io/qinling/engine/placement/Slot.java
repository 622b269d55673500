// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.worker.LoadedWorker;
import io.qinling.engine.worker.WorkerCall;
import io.qinling.engine.worker.WorkerResult;
import java.util.concurrent.CompletableFuture;

/** The right to run one execution at a time on a worker. */
public final class Slot {
  private final Placement placement;
  private final PlacedWorker worker;
  private final int index;

  Slot(Placement placement, PlacedWorker worker, int index) {
    this.placement = placement;
    this.worker = worker;
    this.index = index;
  }

  PlacedWorker worker() {
    return worker;
  }

  /** Name of the worker, as the orchestrator knows it. */
  public String workerName() {
    return worker.name();
  }

  /** Whether the worker had the function at that time, as {@link System#nanoTime} tells it. */
  public boolean wasReady(long nanos) {
    return worker.isHeldSince(nanos);
  }

  /** See {@link LoadedWorker#execute}. */
  public CompletableFuture<WorkerResult> execute(WorkerCall call) {
    return worker.loaded().execute(index, call);
  }

  /** See {@link LoadedWorker#cancel}. */
  public void cancel(String executionId) {
    worker.loaded().cancel(executionId);
  }

  /** Gives the slot back, once, as one of a worker that cannot be reached any more. */
  public void giveBackLost() {
    placement.reportLost(worker);
    placement.giveBack(this);
  }

  /** Gives the slot back, once. */
  public void giveBack() {
    placement.giveBack(this);
  }
}
