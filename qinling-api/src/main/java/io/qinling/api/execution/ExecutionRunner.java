// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.qinling.api.engine.Backoff;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.EngineResult;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.http.Json;
import io.qinling.api.identity.Trusts;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.tracing.CurrentSpan;
import io.qinling.tracing.ExecutionAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Has executions run by the engine and writes how they ended. A synchronous one is tried once,
 * since its caller can tell best whether it may be repeated; an accepted asynchronous one is tried
 * until the engine has run it. While nothing was run, only time limits that; when an engine was
 * lost, or silent for too long, that may have run it, the number of attempts does.
 */
public final class ExecutionRunner {
  private static final Logger LOG = Logger.getLogger(ExecutionRunner.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration FOR_EVER = Duration.ofDays(365);

  /** Least time that a caller waits for the end to be recorded. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(2);

  /**
   * How asynchronous executions are tried.
   *
   * @param atATime that may be under way
   * @param patience how long one is tried while nothing was run
   * @param maxAttempts most attempts of which any may have run it
   */
  public record AsyncLimits(int atATime, Duration patience, int maxAttempts) {}

  /**
   * What is run.
   *
   * @param accepted as it was when the execution was accepted
   * @param now finds it as it is now; throws {@link QinlingException} when that cannot be run
   */
  record Code(RunnableFunction accepted, Supplier<RunnableFunction> now) {}

  private final Engine engine;
  private final Trusts trusts;
  private final Journal journal;
  private final ExecutionStore store;
  private final Clock clock;
  private final ExecutorService background;
  private final AsyncLimits async;
  private final Semaphore asyncCapacity;
  private final Duration startAllowance;
  private final ExecutionMeter meter;
  private final Tracer tracer;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Set<Thread> asyncThreads = ConcurrentHashMap.newKeySet();

  /**
   * @param background a thread for each asynchronous execution
   * @param startAllowance what waiting for a worker and loading the function may take beyond the
   *     function's timeout
   * @param meter told what becomes of executions
   * @param tracer makes a span of each asynchronous execution
   */
  public ExecutionRunner(
      Engine engine,
      Trusts trusts,
      Journal journal,
      ExecutionStore store,
      Clock clock,
      ExecutorService background,
      AsyncLimits async,
      Duration startAllowance,
      ExecutionMeter meter,
      Tracer tracer) {
    this.engine = engine;
    this.trusts = trusts;
    this.journal = journal;
    this.store = store;
    this.clock = clock;
    this.background = background;
    this.async = async;
    this.asyncCapacity = new Semaphore(async.atATime());
    this.startAllowance = startAllowance;
    this.meter = meter;
    this.tracer = tracer;
  }

  /** Most attempts to run an execution. */
  int maxAttempts(ExecutionRecord execution) {
    return execution.sync() ? 1 : async.maxAttempts();
  }

  /**
   * @throws QinlingException UNAVAILABLE when nothing new is run any more
   */
  void requireServing() {
    if (isStopping()) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "The service is stopping");
    }
  }

  private boolean isStopping() {
    return stopping.getCount() == 0 || Thread.currentThread().isInterrupted();
  }

  /**
   * Runs an execution that the journal knows, and returns it as it is recorded in the end.
   *
   * @throws QinlingException OVERLOADED when it was not run for want of workers; its record is gone
   *     then. TIMEOUT when its end cannot be recorded in time
   */
  CompletedExecution run(ExecutionRecord execution, Code code) {
    long called = System.nanoTime();
    var patience = patience(code.accepted());
    EngineResult result;
    try {
      result = execute(execution, code);
    } catch (QinlingException failed) {
      if (failed.code() == ErrorCode.OVERLOADED) {
        meter.refused();
        journal.discard(execution.id());
        throw failed;
      }
      return CompletedExecution.untimed(
          recordInTime(execution, failure(execution, failed), left(patience, called)));
    } catch (RuntimeException defect) {
      recordInTime(execution, failure(execution, internal(defect)), left(patience, called));
      throw defect;
    }
    long answered = System.nanoTime();
    var recorded = recordInTime(execution, end(result), left(patience, called));
    long ended = System.nanoTime();
    meter.answered(ended - called);
    var timing = new Timing(answered - called, result.timing(), ended - answered);
    return new CompletedExecution(recorded, Optional.of(timing));
  }

  private static QinlingException internal(RuntimeException defect) {
    return new QinlingException(ErrorCode.INTERNAL, "Internal error", defect);
  }

  private static Duration left(Duration patience, long since) {
    var left = patience.minusNanos(System.nanoTime() - since);
    return left.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : left;
  }

  /** The caller must not take it for refused, which it may well repeat. */
  private ExecutionRecord recordInTime(
      ExecutionRecord execution, ExecutionEnd end, Duration patience) {
    try {
      return record(execution, end, patience);
    } catch (QinlingException unrecorded) {
      throw new QinlingException(
          ErrorCode.TIMEOUT,
          "The end of execution " + execution.id() + " could not be recorded in time",
          unrecorded);
    }
  }

  /** Whatever is answered is what the record says, whoever wrote it. */
  private ExecutionRecord record(ExecutionRecord execution, ExecutionEnd end, Duration patience) {
    if (journal.end(execution, end, patience)) {
      meter.ended(end.status());
      ExecutionAttributes.ended(CurrentSpan.get(), end.status().text());
      return execution.ended(end);
    }
    LOG.infof("An execution had an end already: execution=%s", execution.id());
    return store.find(execution.id()).orElseGet(() -> execution.ended(end));
  }

  /**
   * Accepts an asynchronous execution: it is durable when this returns, and runs by itself.
   *
   * @throws QinlingException OVERLOADED when too many are under way
   */
  void start(ExecutionRecord execution, Code code) {
    if (!reserve()) {
      meter.refused();
      throw new QinlingException(
          ErrorCode.OVERLOADED, "Too many asynchronous executions are under way; try again later");
    }
    try {
      journal.begin(execution);
    } catch (RuntimeException refused) {
      release(1);
      throw refused;
    }
    resume(execution, code);
  }

  /** Reserves room for one more asynchronous execution; false when there is none. */
  boolean reserve() {
    return asyncCapacity.tryAcquire();
  }

  /** Asynchronous executions that were accepted and have not ended. */
  public int asyncUnderWay() {
    return async.atATime() - asyncCapacity.availablePermits();
  }

  /** Gives room back that was reserved in vain. */
  void release(int count) {
    asyncCapacity.release(count);
  }

  /** Goes on with an asynchronous execution that the journal has open, in the room reserved. */
  void resume(ExecutionRecord execution, Code code) {
    var span = tracer.spanBuilder("execution").setParent(CurrentSpan.context()).startSpan();
    ExecutionAttributes.begun(
        span, execution.id(), execution.functionId(), execution.functionVersion());
    background.execute(() -> CurrentSpan.within(span, () -> runAsync(execution, code, span)));
  }

  private void runAsync(ExecutionRecord execution, Code code, Span span) {
    asyncThreads.add(Thread.currentThread());
    try {
      runUntilDone(execution, code);
    } catch (QinlingException unrecorded) {
      LOG.warnf(
          "The end of an execution is not recorded, and the execution is taken up again:"
              + " execution=%s reason=%s",
          execution.id(), unrecorded.getMessage());
    } catch (RuntimeException defect) {
      LOG.errorf(defect, "An execution met a defect: execution=%s", execution.id());
      fail(execution, internal(defect));
    } finally {
      asyncThreads.remove(Thread.currentThread());
      release(1);
      span.end();
    }
  }

  private void runUntilDone(ExecutionRecord accepted, Code code) {
    var execution = accepted;
    long begun = System.nanoTime();
    var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    do {
      try {
        record(execution, end(execute(execution, code)), FOR_EVER);
        return;
      } catch (QinlingException failed) {
        if (isStopping()) {
          break;
        }
        if (!isWorthRepeating(failed, execution, System.nanoTime() - begun)) {
          fail(execution, failed);
          return;
        }
        int attempts = execution.attempts() + (mayHaveRun(failed) ? 1 : 0);
        var next = execution.triedAgain(attempts, text(failed));
        if (!next.equals(execution) && !isStillRunning(next)) {
          journal.leave(execution.id());
          return;
        }
        execution = next;
        LOG.debugf("An asynchronous execution is tried again: execution=%s", execution.id());
      }
    } while (!backoff.pause(stopping));
    // The service stops; another process takes the execution up.
    journal.leave(execution.id());
  }

  /** Runs the code of now when that of the acceptance is not kept any more. */
  private EngineResult execute(ExecutionRecord execution, Code code) {
    var accepted = code.accepted();
    try {
      return engine.execute(call(execution, accepted));
    } catch (QinlingException failed) {
      var now = failed.code() == ErrorCode.NOT_FOUND ? code.now().get() : accepted;
      if (now.packageDigest().equals(accepted.packageDigest())) {
        throw failed;
      }
      return engine.execute(call(execution, now));
    }
  }

  /** What cannot be written now is part of what is written the next time. */
  private boolean isStillRunning(ExecutionRecord execution) {
    try {
      return journal.again(execution);
    } catch (QinlingException unrecorded) {
      return true;
    }
  }

  private boolean isWorthRepeating(
      QinlingException failed, ExecutionRecord execution, long nanosTried) {
    return switch (failed.code()) {
      case OVERLOADED, UNAVAILABLE -> nanosTried < async.patience().toNanos();
      case LOST, TIMEOUT -> execution.attempts() < async.maxAttempts();
      default -> false;
    };
  }

  /** An engine that is merely late knows the execution by its id and does not run it again. */
  private static boolean mayHaveRun(QinlingException failed) {
    return failed.code() == ErrorCode.LOST || failed.code() == ErrorCode.TIMEOUT;
  }

  /** Ends an execution that cannot be run. */
  void fail(ExecutionRecord execution, QinlingException reason) {
    record(execution, failure(execution, reason), FOR_EVER);
  }

  private ExecutionEnd failure(ExecutionRecord execution, QinlingException reason) {
    LOG.warnf(
        "An execution could not be run: execution=%s reason=%s",
        execution.id(), reason.getMessage());
    // What the operator's choice of orchestrator rules out, or is gone, the user should be told.
    var result =
        reason.code() == ErrorCode.ORCHESTRATOR_FAILED || reason.code() == ErrorCode.NOT_FOUND
            ? Json.MAPPER.createObjectNode().put("output", reason.getMessage()).toString()
            : null;
    return ExecutionEnd.error(result, text(reason), clock.instant());
  }

  /** For the owner of the execution. */
  private static String text(QinlingException reason) {
    return switch (reason.code()) {
      case LOST -> "The engine that ran it was lost";
      case INTERNAL -> "Internal error";
      default -> reason.getMessage();
    };
  }

  /**
   * Lets what runs end, within a time; asynchronous executions that still wait or run then are left
   * to other processes, and synchronous ones end as errors. Nothing new is run from now on.
   */
  public void stop(Duration patience) {
    stopping.countDown();
    long begun = System.nanoTime();
    var pauses = new Backoff(Duration.ofMillis(50), Duration.ofMillis(50));
    while (!journal.open().isEmpty()
        && System.nanoTime() - begun < patience.toNanos()
        && pauses.pause()) {
      LOG.debugf("Executions are still running");
    }
    // These wait for the engine or the journal; none is writing a file of H2's.
    asyncThreads.forEach(Thread::interrupt);
    for (var execution : journal.open()) {
      if (execution.sync()) {
        var reason =
            new QinlingException(ErrorCode.UNAVAILABLE, "The service stopped while it ran");
        try {
          record(execution, failure(execution, reason), Duration.ofSeconds(1));
        } catch (QinlingException unrecorded) {
          LOG.debugf("Left to others: execution=%s", execution.id());
        }
      }
    }
  }

  private Duration patience(RunnableFunction function) {
    return Duration.ofSeconds(function.timeoutSeconds()).plus(startAllowance);
  }

  private EngineCall call(ExecutionRecord execution, RunnableFunction function) {
    return new EngineCall(
        execution.id(),
        function,
        execution.input(),
        function.trustId().flatMap(trusts::session),
        patience(function));
  }

  private ExecutionEnd end(EngineResult result) {
    var status =
        switch (result.outcome()) {
          case SUCCESS -> ExecutionStatus.SUCCESS;
          case FAILED -> ExecutionStatus.FAILED;
          case ERROR -> ExecutionStatus.ERROR;
        };
    return new ExecutionEnd(status, result.resultJson(), result.log(), null, clock.instant());
  }
}
