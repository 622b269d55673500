// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.engine.Backoff;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.EngineResult;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.http.Json;
import io.qinling.api.identity.Trusts;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * Has executions run by the engine and writes how they ended. A synchronous one is tried once,
 * since its caller can tell best whether it may be repeated; an accepted asynchronous one is tried
 * until the engine has run it.
 */
public final class ExecutionRunner {
  private static final Logger LOG = Logger.getLogger(ExecutionRunner.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final Engine engine;
  private final Trusts trusts;
  private final Journal journal;
  private final Clock clock;
  private final ExecutorService background;
  private final Semaphore asyncCapacity;
  private final Duration startAllowance;
  private final Duration asyncPatience;

  /**
   * @param background a thread for each asynchronous execution
   * @param maxAsync asynchronous executions that may be under way at a time
   * @param startAllowance what waiting for a worker and loading the function may take beyond the
   *     function's timeout
   * @param asyncPatience how long an asynchronous execution is tried
   */
  public ExecutionRunner(
      Engine engine,
      Trusts trusts,
      Journal journal,
      Clock clock,
      ExecutorService background,
      int maxAsync,
      Duration startAllowance,
      Duration asyncPatience) {
    this.engine = engine;
    this.trusts = trusts;
    this.journal = journal;
    this.clock = clock;
    this.background = background;
    this.asyncCapacity = new Semaphore(maxAsync);
    this.startAllowance = startAllowance;
    this.asyncPatience = asyncPatience;
  }

  /**
   * Runs an execution that the journal knows, and returns it as it ended.
   *
   * @throws QinlingException OVERLOADED when it was not run for want of workers; its record is gone
   *     then
   */
  CompletedExecution run(ExecutionRecord execution, RunnableFunction function) {
    long called = System.nanoTime();
    EngineResult result;
    try {
      result = engine.execute(call(execution, function));
    } catch (QinlingException failed) {
      if (failed.code() == ErrorCode.OVERLOADED) {
        journal.remove(execution.id());
        throw failed;
      }
      return CompletedExecution.untimed(fail(execution, failed));
    }
    long answered = System.nanoTime();
    var end = end(result);
    journal.end(execution, end);
    var timing = new Timing(answered - called, result.timing(), System.nanoTime() - answered);
    return new CompletedExecution(execution.ended(end), Optional.of(timing));
  }

  /**
   * Accepts an asynchronous execution: it is durable when this returns, and runs by itself.
   *
   * @throws QinlingException OVERLOADED when too many are under way
   */
  void start(ExecutionRecord execution, RunnableFunction function) {
    if (!asyncCapacity.tryAcquire()) {
      throw new QinlingException(
          ErrorCode.OVERLOADED, "Too many asynchronous executions are under way; try again later");
    }
    try {
      journal.begin(execution);
    } catch (RuntimeException refused) {
      asyncCapacity.release();
      throw refused;
    }
    background.execute(() -> {
      try {
        runUntilDone(execution, function);
      } finally {
        asyncCapacity.release();
      }
    });
  }

  /** Goes on with an asynchronous execution that an earlier process accepted. */
  void resume(ExecutionRecord execution, RunnableFunction function) {
    background.execute(() -> {
      asyncCapacity.acquireUninterruptibly();
      try {
        runUntilDone(execution, function);
      } finally {
        asyncCapacity.release();
      }
    });
  }

  private void runUntilDone(ExecutionRecord execution, RunnableFunction function) {
    var giveUpAt = clock.instant().plus(asyncPatience);
    var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    do {
      try {
        var result = engine.execute(call(execution, function));
        journal.end(execution, end(result));
        return;
      } catch (QinlingException failed) {
        if (Thread.currentThread().isInterrupted()) {
          // The service stops; the next process takes the execution up.
          return;
        }
        if (!isWorthRepeating(failed) || clock.instant().isAfter(giveUpAt)) {
          fail(execution, failed);
          return;
        }
        LOG.debugf("An asynchronous execution is tried again: execution=%s", execution.id());
      }
    } while (backoff.pause());
  }

  /** Nothing was run, or the engine that ran it is gone, and its workers with it. */
  private static boolean isWorthRepeating(QinlingException failed) {
    return failed.code() == ErrorCode.OVERLOADED || failed.code() == ErrorCode.UNAVAILABLE;
  }

  ExecutionRecord fail(ExecutionRecord execution, QinlingException reason) {
    LOG.warnf(
        "An execution could not be run: execution=%s reason=%s",
        execution.id(), reason.getMessage());
    // What the operator's choice of orchestrator rules out, the user should be told.
    var result =
        reason.code() == ErrorCode.ORCHESTRATOR_FAILED
            ? Json.MAPPER.createObjectNode().put("output", reason.getMessage()).toString()
            : null;
    var end = new ExecutionEnd(ExecutionStatus.ERROR, result, null, clock.instant());
    journal.end(execution, end);
    return execution.ended(end);
  }

  private EngineCall call(ExecutionRecord execution, RunnableFunction function) {
    return new EngineCall(
        execution.id(),
        function,
        execution.input(),
        function.trustId().flatMap(trusts::session),
        Duration.ofSeconds(function.timeoutSeconds()).plus(startAllowance));
  }

  private ExecutionEnd end(EngineResult result) {
    var status =
        switch (result.outcome()) {
          case SUCCESS -> ExecutionStatus.SUCCESS;
          case FAILED -> ExecutionStatus.FAILED;
          case ERROR -> ExecutionStatus.ERROR;
        };
    return new ExecutionEnd(status, result.resultJson(), result.log(), clock.instant());
  }
}
