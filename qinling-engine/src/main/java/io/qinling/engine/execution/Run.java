// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import io.qinling.engine.placement.Placements;
import io.qinling.engine.placement.Slot;
import io.qinling.engine.placement.Waiter;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.engine.worker.WorkerCall;
import io.qinling.engine.worker.WorkerLostException;
import io.qinling.engine.worker.WorkerResult;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.request.RequestId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * An execution on its way: waits until its project may have it run, and for a slot, runs in it, and
 * ends with one outcome.
 */
final class Run implements Waiter {
  private static final Logger LOG = Logger.getLogger(Run.class);

  private final Execution execution;
  private final Placements placements;
  private final ProjectGate gate;
  private final Runnable enter = this::enter;
  private final CompletableFuture<ExecutionOutcome> outcome = new CompletableFuture<>();
  private final long createdNanos = System.nanoTime();
  private final AtomicInteger callers = new AtomicInteger(1);
  private long grantedNanos;
  private volatile Slot slot;
  private volatile Runnable endWaitLimit = () -> {};
  private volatile boolean cancelled;

  /** Why it waits no more, for the moment in which it is between two queues. */
  private volatile QinlingException givenUp;

  /** Null when it is part of none. */
  private final String requestId = RequestId.current();

  Run(Execution execution, Placements placements, ProjectGate gate) {
    this.gate = gate;
    this.execution = execution;
    this.placements = placements;
  }

  CompletableFuture<ExecutionOutcome> outcome() {
    return outcome;
  }

  void start() {
    if (gate.isLimited()) {
      try {
        gate.enter(projectId(), enter);
      } catch (QinlingException refused) {
        failed(refused);
        return;
      }
    } else {
      acquire();
    }
    limitWait();
  }

  private void enter() {
    var _ = outcome.whenComplete((ended, refused) -> gate.leave(projectId()));
    acquire();
  }

  private void acquire() {
    placements.acquire(execution.function(), this);
    var reason = givenUp;
    if (reason != null) {
      placements.abandon(execution.function().key(), this, reason);
    }
  }

  private void limitWait() {
    if (slot == null && !outcome.isDone()) {
      endWaitLimit = placements.limitWait(this::giveUp);
      if (slot != null || outcome.isDone()) {
        endWaitLimit.run();
      }
    }
  }

  /** Leaves the queue that it waits in; does nothing when it has its slot. */
  private void giveUp(QinlingException reason) {
    givenUp = reason;
    if (gate.abandon(projectId(), enter)) {
      failed(reason);
    } else {
      placements.abandon(execution.function().key(), this, reason);
    }
  }

  private String projectId() {
    return execution.function().projectId();
  }

  /** The outcome for one more caller, who must mean the same execution. */
  CompletableFuture<ExecutionOutcome> join(Execution same) {
    if (!same.identity().equals(execution.identity())) {
      return CompletableFuture.failedFuture(
          new QinlingException(ErrorCode.CONFLICT, "Another execution with this id is running"));
    }
    callers.incrementAndGet();
    return outcome;
  }

  /** Leaves the queue when no caller is left; an execution that has its slot goes on. */
  void abandon() {
    if (callers.decrementAndGet() > 0) {
      return;
    }
    giveUp(new QinlingException(ErrorCode.TIMEOUT, "The caller did not wait for a worker"));
  }

  /** Leaves the queue, or has the worker stop it. */
  void cancel() {
    cancelled = true;
    giveUp(cancelledBeforeStart());
    var held = slot;
    if (held != null) {
      held.cancel(execution.id());
    }
  }

  private static QinlingException cancelledBeforeStart() {
    return new QinlingException(
        ErrorCode.CONFLICT, "The execution was cancelled before it started");
  }

  @Override
  public void granted(Slot granted) {
    endWaitLimit.run();
    if (cancelled) {
      granted.giveBack();
      outcome.completeExceptionally(cancelledBeforeStart());
      return;
    }
    slot = granted;
    grantedNanos = System.nanoTime();
    granted
        .execute(
            new WorkerCall(
                execution.id(),
                execution.inputJson(),
                execution.contextJson(),
                execution.function().timeout()))
        .whenComplete(this::ended);
    if (cancelled) {
      granted.cancel(execution.id());
    }
  }

  private void ended(WorkerResult result, Throwable failure) {
    var cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof WorkerLostException lost && !lost.sent()) {
      var useless = slot;
      slot = null;
      useless.giveBackLost();
      acquire();
      limitWait();
      return;
    }
    if (cause instanceof WorkerLostException) {
      slot.giveBackLost();
    } else {
      slot.giveBack();
    }
    long waited = grantedNanos - createdNanos;
    long worked = System.nanoTime() - grantedNanos;
    if (failure == null) {
      outcome.complete(Outcomes.of(result, waited, worked));
      return;
    }
    if (cause instanceof WorkerLostException lost) {
      RequestId.within(
          requestId,
          () ->
              LOG.warnf(
                  lost.getCause(),
                  "An execution ended with its worker: execution=%s reason=%s",
                  execution.id(),
                  lost.getMessage()));
      outcome.complete(Outcomes.of(lost, waited, worked));
    } else {
      outcome.completeExceptionally(cause);
    }
  }

  @Override
  public void failed(RuntimeException reason) {
    endWaitLimit.run();
    long waited = System.nanoTime() - createdNanos;
    switch (reason) {
      case QinlingException broken
          when broken.code() == ErrorCode.INVALID_INPUT
              || broken.code() == ErrorCode.ORCHESTRATOR_FAILED ->
          outcome.complete(Outcomes.notStarted(waited));
      case QinlingException refused -> outcome.completeExceptionally(refused);
      case FunctionLoadException broken -> outcome.complete(Outcomes.of(broken, waited));
      default -> outcome.complete(Outcomes.notStarted(waited));
    }
  }
}
