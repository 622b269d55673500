// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.alias.Targets;
import io.qinling.api.database.Condition;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.identity.Caller;
import io.qinling.api.instance.Presence;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.api.runtime.RuntimeStatus;
import io.qinling.api.runtime.Runtimes;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.tracing.CurrentSpan;
import io.qinling.tracing.ExecutionAttributes;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** What can be done with executions. */
public final class Executions {
  private final ExecutionStore store;
  private final Journal journal;
  private final ExecutionRunner runner;
  private final Presence presence;
  private final Targets targets;
  private final Runtimes runtimes;
  private final Policy policy;
  private final Clock clock;
  private final int maxInputBytes;

  public Executions(
      ExecutionStore store,
      Journal journal,
      ExecutionRunner runner,
      Presence presence,
      Targets targets,
      Runtimes runtimes,
      Policy policy,
      Clock clock,
      int maxInputBytes) {
    this.store = store;
    this.journal = journal;
    this.runner = runner;
    this.presence = presence;
    this.targets = targets;
    this.runtimes = runtimes;
    this.policy = policy;
    this.clock = clock;
    this.maxInputBytes = maxInputBytes;
  }

  /**
   * Accepts an execution and, when the client waits, runs it to its end.
   *
   * @throws QinlingException when it is not accepted; there is no record of it then. TIMEOUT when
   *     its end cannot be recorded in time
   */
  CompletedExecution createAllowed(Caller caller, ExecutionRequest request) {
    policy.enforce(caller, PolicyRule.EXECUTION_CREATE);
    return create(caller, request);
  }

  /** As {@link #createAllowed}, for the service itself, which no policy binds. */
  public CompletedExecution create(Caller caller, ExecutionRequest request) {
    runner.requireServing();
    presence.require();
    var function =
        runnable(caller, request.functionAlias(), request.functionId(), request.functionVersion());
    var execution =
        new ExecutionRecord(
            request.id().orElseGet(() -> UUID.randomUUID().toString()),
            caller.projectId(),
            request.functionAlias().orElse(null),
            function.functionId(),
            function.version(),
            ExecutionStatus.RUNNING,
            request.sync(),
            ExecutionInput.normalise(request.input().orElse(null), maxInputBytes),
            null,
            request.description().orElse(null),
            1,
            null,
            clock.instant(),
            null);
    ExecutionAttributes.begun(
        CurrentSpan.get(), execution.id(), execution.functionId(), execution.functionVersion());
    var code = new ExecutionRunner.Code(function, () -> runnable(execution));
    if (!request.sync()) {
      runner.start(execution, code);
      return CompletedExecution.untimed(execution);
    }
    if (request.id().isPresent()) {
      journal.begin(execution);
    } else {
      journal.beginSoon(execution);
    }
    return runner.run(execution, code);
  }

  /**
   * What an execution that was accepted runs.
   *
   * @throws QinlingException NOT_FOUND when it was deleted meanwhile
   */
  RunnableFunction runnable(ExecutionRecord execution) {
    return runnable(
        new Caller(execution.projectId(), true, Optional.empty()),
        Optional.empty(),
        Optional.ofNullable(execution.functionId()),
        execution.functionVersion());
  }

  /** What is to be run, if the caller may. */
  private RunnableFunction runnable(
      Caller caller, Optional<String> alias, Optional<String> functionId, int version) {
    var target = targets.find(caller, alias, functionId, version);
    if (target.function().runtimeId() == null) {
      return target.runnable(null);
    }
    // Whoever may run the function may use its runtime.
    var owner = Caller.inProject(target.function().projectId());
    var runtime = runtimes.getCached(owner, target.function().runtimeId());
    if (runtime.status() != RuntimeStatus.AVAILABLE) {
      throw Runtimes.notAvailable(runtime);
    }
    return target.runnable(runtime);
  }

  /** Most attempts to run an execution. */
  int maxAttempts(ExecutionRecord execution) {
    return runner.maxAttempts(execution);
  }

  void forEach(Condition condition, Consumer<ExecutionRecord> sink) {
    store.forEach(condition, sink);
  }

  /**
   * @throws QinlingException NOT_FOUND when it does not exist for the caller
   */
  ExecutionRecord get(Caller caller, String id) {
    return allowed(caller, id, PolicyRule.EXECUTION_GET);
  }

  private ExecutionRecord allowed(Caller caller, String id, PolicyRule rule) {
    var execution = visible(caller, id);
    policy.enforce(caller, rule, execution.projectId());
    return execution;
  }

  private ExecutionRecord visible(Caller caller, String id) {
    return store
        .find(id)
        .filter(execution -> caller.sees(execution.projectId()))
        .orElseThrow(
            () -> new QinlingException(ErrorCode.NOT_FOUND, "Execution not found [id=" + id + "]"));
  }

  /** Whether it exists for the caller. */
  public boolean exists(Caller caller, String id) {
    return store.find(id).filter(execution -> caller.sees(execution.projectId())).isPresent();
  }

  Optional<String> log(Caller caller, String id) {
    get(caller, id);
    return store.log(id);
  }

  /** Removes the record; an execution that runs goes on. */
  void delete(Caller caller, String id) {
    allowed(caller, id, PolicyRule.EXECUTION_DELETE);
    journal.remove(id);
  }
}
