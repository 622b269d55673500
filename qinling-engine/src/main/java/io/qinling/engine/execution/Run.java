// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.qinling.engine.placement.Placements;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.tracing.CurrentSpan;
import io.qinling.tracing.ExecutionAttributes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An execution on its way: waits until its project may have it run, begins, and ends with one
 * outcome.
 */
abstract sealed class Run permits ContainerRun, WorkerRun {
  private final Execution execution;
  private final Placements placements;
  private final ProjectGate gate;
  private final Tracer tracer;
  private final Runnable enter = this::enter;
  private final CompletableFuture<ExecutionOutcome> outcome = new CompletableFuture<>();
  private final long createdNanos = System.nanoTime();

  /** Of the call that asked for it. */
  private final Span call = CurrentSpan.get();

  private final AtomicInteger callers = new AtomicInteger(1);
  private volatile Runnable endWaitLimit = () -> {};
  private volatile boolean cancelled;

  Run(Execution execution, Placements placements, ProjectGate gate, Tracer tracer) {
    this.execution = execution;
    this.placements = placements;
    this.gate = gate;
    this.tracer = tracer;
  }

  /** Its project may have it run: it begins, or waits for what it needs besides. */
  abstract void proceed();

  /** Waits no more, but fails; does nothing when it has begun. Called outside the gate's queue. */
  abstract void leave(QinlingException reason);

  abstract boolean hasBegun();

  /** Ends what it has begun; does nothing when it has not. */
  abstract void stop();

  /** Ends without having begun. */
  abstract void failed(RuntimeException reason);

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
      proceed();
    }
    limitWait();
  }

  private void enter() {
    var _ = outcome.whenComplete((ended, refused) -> gate.leave(projectId()));
    proceed();
  }

  /** It begins, or waits anew, only for so long. */
  final void limitWait() {
    if (!hasBegun() && !outcome.isDone()) {
      endWaitLimit = placements.limitWait(this::giveUp);
      if (hasBegun() || outcome.isDone()) {
        endWaitLimit.run();
      }
    }
  }

  final void endWaitLimit() {
    endWaitLimit.run();
  }

  /** Leaves the queue that it waits in; does nothing when it has begun. */
  private void giveUp(QinlingException reason) {
    if (gate.abandon(projectId(), enter)) {
      failed(reason);
    } else {
      leave(reason);
    }
  }

  /**
   * The span of the work itself, which has begun in a worker or a container; it is not valid when
   * the call is not traced.
   *
   * @param cold whether that had to be made ready for it
   */
  final Span begin(String name, boolean cold) {
    if (!call.getSpanContext().isValid()) {
      return Span.getInvalid();
    }
    call.setAttribute("qinling.cold", cold);
    var span =
        tracer
            .spanBuilder(name)
            .setParent(CurrentSpan.context(call))
            .setSpanKind(SpanKind.CLIENT)
            .startSpan();
    var function = execution.function().key();
    ExecutionAttributes.begun(span, execution.id(), function.functionId(), function.version());
    return span;
  }

  /** Ends with the work, which a span is of. */
  final void complete(Span span, ExecutionOutcome ended) {
    ExecutionAttributes.ended(span, ended.status().text());
    span.end();
    outcome.complete(ended);
  }

  private String projectId() {
    return execution.function().projectId();
  }

  final long createdNanos() {
    return createdNanos;
  }

  final long nanosSinceCreation(long now) {
    return now - createdNanos;
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

  /** Leaves the queue when no caller is left; an execution that has begun goes on. */
  void abandon() {
    if (callers.decrementAndGet() > 0) {
      return;
    }
    giveUp(new QinlingException(ErrorCode.TIMEOUT, "The caller did not wait for a worker"));
  }

  /** Leaves the queue, or ends what runs. */
  void cancel() {
    cancelled = true;
    giveUp(cancelledBeforeStart());
    stop();
  }

  /** Whether it is to end, to be asked once more after it has begun. */
  final boolean isCancelled() {
    return cancelled;
  }

  static QinlingException cancelledBeforeStart() {
    return new QinlingException(
        ErrorCode.CONFLICT, "The execution was cancelled before it started");
  }
}
