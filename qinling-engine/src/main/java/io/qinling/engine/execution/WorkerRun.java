// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.qinling.engine.function.FunctionVersion;
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
import io.qinling.tracing.CurrentSpan;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;

/** An execution in a slot of a worker, for which it waits. */
final class WorkerRun extends Run implements Waiter {
  private static final Logger LOG = Logger.getLogger(WorkerRun.class);

  private final Execution execution;
  private final FunctionVersion function;
  private final Placements placements;
  private long grantedNanos;
  private Span span;
  private volatile Slot slot;

  /** Why it waits no more, for the moment in which it is between two queues. */
  private volatile QinlingException givenUp;

  /** Null when it is part of none. */
  private final String requestId = RequestId.current();

  WorkerRun(
      Execution execution,
      FunctionVersion function,
      Placements placements,
      ProjectGate gate,
      Tracer tracer) {
    super(execution, placements, gate, tracer);
    this.execution = execution;
    this.function = function;
    this.placements = placements;
  }

  @Override
  void proceed() {
    placements.acquire(function, this);
    var reason = givenUp;
    if (reason != null) {
      placements.abandon(function.key(), this, reason);
    }
  }

  @Override
  void leave(QinlingException reason) {
    givenUp = reason;
    placements.abandon(function.key(), this, reason);
  }

  @Override
  boolean hasBegun() {
    return slot != null;
  }

  @Override
  void stop() {
    var held = slot;
    if (held != null) {
      held.cancel(execution.id());
    }
  }

  @Override
  public void granted(Slot granted) {
    endWaitLimit();
    if (isCancelled()) {
      granted.giveBack();
      outcome().completeExceptionally(cancelledBeforeStart());
      return;
    }
    slot = granted;
    grantedNanos = System.nanoTime();
    span = begin("worker", !granted.wasReady(createdNanos()));
    span.setAttribute("qinling.worker", granted.workerName());
    granted
        .execute(
            new WorkerCall(
                execution.id(),
                execution.inputJson(),
                execution.contextJson(),
                function.timeout(),
                CurrentSpan.traceParent(span)))
        .whenComplete(this::ended);
    if (isCancelled()) {
      granted.cancel(execution.id());
    }
  }

  private void ended(WorkerResult result, Throwable failure) {
    var cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (failure != null) {
      span.setStatus(StatusCode.ERROR, String.valueOf(cause.getMessage())).end();
    }
    if (cause instanceof WorkerLostException lost && !lost.sent()) {
      var useless = slot;
      slot = null;
      useless.giveBackLost();
      proceed();
      limitWait();
      return;
    }
    if (cause instanceof WorkerLostException) {
      slot.giveBackLost();
    } else {
      slot.giveBack();
    }
    long waited = nanosSinceCreation(grantedNanos);
    long worked = System.nanoTime() - grantedNanos;
    if (failure == null) {
      complete(span, Outcomes.of(result, waited, worked));
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
      outcome().complete(Outcomes.of(lost, waited, worked));
    } else {
      outcome().completeExceptionally(cause);
    }
  }

  @Override
  public void failed(RuntimeException reason) {
    endWaitLimit();
    long waited = nanosSinceCreation(System.nanoTime());
    switch (reason) {
      case QinlingException broken
          when broken.code() == ErrorCode.INVALID_INPUT
              || broken.code() == ErrorCode.ORCHESTRATOR_FAILED ->
          outcome().complete(Outcomes.notStarted(waited));
      case QinlingException refused -> outcome().completeExceptionally(refused);
      case FunctionLoadException broken -> outcome().complete(Outcomes.of(broken, waited));
      default -> outcome().complete(Outcomes.notStarted(waited));
    }
  }
}
