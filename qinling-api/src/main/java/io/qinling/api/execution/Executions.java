// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.Condition;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.function.Functions;
import io.qinling.api.identity.Caller;
import io.qinling.api.runtime.RuntimeStatus;
import io.qinling.api.runtime.Runtimes;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** What can be done with executions. */
public final class Executions {
  private final ExecutionStore store;
  private final Journal journal;
  private final ExecutionRunner runner;
  private final Functions functions;
  private final Runtimes runtimes;
  private final Clock clock;
  private final int maxInputBytes;

  public Executions(
      ExecutionStore store,
      Journal journal,
      ExecutionRunner runner,
      Functions functions,
      Runtimes runtimes,
      Clock clock,
      int maxInputBytes) {
    this.store = store;
    this.journal = journal;
    this.runner = runner;
    this.functions = functions;
    this.runtimes = runtimes;
    this.clock = clock;
    this.maxInputBytes = maxInputBytes;
  }

  /**
   * Accepts an execution and, when the client waits, runs it to its end.
   *
   * @throws QinlingException when it is not accepted; there is no record of it then
   */
  CompletedExecution create(Caller caller, ExecutionRequest request) {
    var function = runnable(caller, request);
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
            clock.instant(),
            null);
    if (!request.sync()) {
      runner.start(execution, function);
      return CompletedExecution.untimed(execution);
    }
    if (request.id().isPresent()) {
      journal.begin(execution);
    } else {
      journal.beginSoon(execution);
    }
    return runner.run(execution, function);
  }

  private RunnableFunction runnable(Caller caller, ExecutionRequest request) {
    if (request.functionAlias().isPresent()) {
      throw new QinlingException(
          ErrorCode.NOT_FOUND,
          "FunctionAlias not found [name=" + request.functionAlias().get() + "]");
    }
    var id =
        request
            .functionId()
            .orElseThrow(() ->
                new QinlingException(
                    ErrorCode.INVALID_INPUT,
                    "Either function_alias or function_id must be provided."));
    var function = functions.getCached(caller, id);
    var runtime = runtimes.getCached(caller, function.runtimeId());
    if (runtime.status() != RuntimeStatus.AVAILABLE) {
      throw Runtimes.notAvailable(runtime);
    }
    if (request.functionVersion() != 0) {
      throw new QinlingException(
          ErrorCode.NOT_FOUND,
          "FunctionVersion not found [function_id="
              + id
              + ", version_number="
              + request.functionVersion()
              + "]");
    }
    return function.runnable(runtime);
  }

  void forEach(Condition condition, Consumer<ExecutionRecord> sink) {
    store.forEach(condition, sink);
  }

  /**
   * @throws QinlingException NOT_FOUND when it does not exist for the caller
   */
  ExecutionRecord get(Caller caller, String id) {
    return store
        .find(id)
        .filter(execution -> caller.sees(execution.projectId()))
        .orElseThrow(
            () -> new QinlingException(ErrorCode.NOT_FOUND, "Execution not found [id=" + id + "]"));
  }

  Optional<String> log(Caller caller, String id) {
    get(caller, id);
    return store.log(id);
  }

  /** Removes the record; an execution that runs goes on. */
  void delete(Caller caller, String id) {
    get(caller, id);
    journal.remove(id);
  }
}
