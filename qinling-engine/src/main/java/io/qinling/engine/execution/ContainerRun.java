// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.qinling.engine.function.ImageFunction;
import io.qinling.engine.orchestrator.ContainerCall;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.placement.Placements;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.request.RequestId;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** An execution in a container of its own. */
final class ContainerRun extends Run {
  private static final Logger LOG = Logger.getLogger(ContainerRun.class);

  private final Execution execution;
  private final ImageFunction function;
  private final Optional<ContainerRunner> containers;
  private final Executor blocking;

  /** Set by what comes first: beginning, or giving up. */
  private final AtomicBoolean decided = new AtomicBoolean();

  /** Null when it is part of none. */
  private final String requestId = RequestId.current();

  ContainerRun(
      Execution execution,
      ImageFunction function,
      Placements placements,
      ProjectGate gate,
      Optional<ContainerRunner> containers,
      Executor blocking,
      Tracer tracer) {
    super(execution, placements, gate, tracer);
    this.execution = execution;
    this.function = function;
    this.containers = containers;
    this.blocking = blocking;
  }

  @Override
  void proceed() {
    if (!decided.compareAndSet(false, true)) {
      return;
    }
    endWaitLimit();
    if (containers.isEmpty()) {
      failed(
          new QinlingException(
              ErrorCode.ORCHESTRATOR_FAILED,
              "This service cannot run functions of source image: its workers are processes, not"
                  + " containers."));
      return;
    }
    blocking.execute(() -> RequestId.within(requestId, () -> run(containers.get())));
  }

  private void run(ContainerRunner runner) {
    if (isCancelled()) {
      failed(cancelledBeforeStart());
      return;
    }
    long begun = System.nanoTime();
    var span = begin("container", true);
    try {
      var end =
          runner.run(
              new ContainerCall(
                  execution.id(),
                  function.key().functionId(),
                  function.key().version(),
                  function.image(),
                  ContainerArguments.of(execution.inputJson()),
                  function.cpuMillis(),
                  function.memoryBytes(),
                  function.timeout()));
      complete(span, Outcomes.of(end, nanosSinceCreation(begun), System.nanoTime() - begun));
    } catch (QinlingException reason) {
      span.setStatus(StatusCode.ERROR, reason.getMessage()).end();
      failed(reason);
    } catch (RuntimeException defect) {
      span.setStatus(StatusCode.ERROR, "defect").end();
      LOG.errorf(defect, "An execution met a defect: execution=%s", execution.id());
      failed(defect);
    }
  }

  @Override
  void leave(QinlingException reason) {
    if (decided.compareAndSet(false, true)) {
      failed(reason);
    }
  }

  @Override
  boolean hasBegun() {
    return decided.get();
  }

  @Override
  void stop() {
    containers.ifPresent(runner -> runner.stop(execution.id()));
  }

  @Override
  void failed(RuntimeException reason) {
    endWaitLimit();
    long waited = nanosSinceCreation(System.nanoTime());
    switch (reason) {
      case QinlingException broken when broken.code() == ErrorCode.ORCHESTRATOR_FAILED ->
          outcome().complete(Outcomes.notStarted(broken.getMessage(), waited));
      case QinlingException refused -> outcome().completeExceptionally(refused);
      default -> outcome().complete(Outcomes.notStarted(waited));
    }
  }
}
