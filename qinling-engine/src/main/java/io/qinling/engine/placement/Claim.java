// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.worker.LoadedWorker;
import java.util.concurrent.CompletableFuture;

/** A wish for one worker, from when it is made until the worker is there. */
final class Claim {
  private final FunctionVersion function;
  private final long number;
  private final CompletableFuture<LoadedWorker> worker = new CompletableFuture<>();
  private volatile boolean urgent;

  /**
   * @param number grows with each claim
   * @param urgent whether an execution waits for the worker
   */
  Claim(FunctionVersion function, long number, boolean urgent) {
    this.function = function;
    this.number = number;
    this.urgent = urgent;
  }

  FunctionVersion function() {
    return function;
  }

  long number() {
    return number;
  }

  /** Fails as {@link WorkerSupply#claim} does, and is cancelled when the claim is withdrawn. */
  CompletableFuture<LoadedWorker> worker() {
    return worker;
  }

  boolean isUrgent() {
    return urgent;
  }

  void urge() {
    urgent = true;
  }
}
