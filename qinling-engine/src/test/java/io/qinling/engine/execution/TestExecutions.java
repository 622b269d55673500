// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.TracerProvider;
import io.qinling.engine.coordination.memory.InMemoryCoordination;
import io.qinling.engine.execution.ExecutionOutcome.Status;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.function.ImageFunction;
import io.qinling.engine.orchestrator.ContainerCall;
import io.qinling.engine.orchestrator.ContainerEnd;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.placement.PlacementLimits;
import io.qinling.engine.placement.Placements;
import io.qinling.engine.placement.WorkerSupply;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.engine.worker.WorkerCall;
import io.qinling.engine.worker.WorkerLostException;
import io.qinling.engine.worker.WorkerResult;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestExecutions {
  private static final WorkerResult RESULT = new WorkerResult(true, "42", 0.5, "log");

  private final Supply supply = new Supply();
  private final Queue<Runnable> due = new ArrayDeque<>();

  /** Has actions run when a test says that their time has come. */
  private final ScheduledExecutorService timer =
      new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
          due.add(action);
          return super.schedule(() -> {}, 1, TimeUnit.DAYS);
        }
      };

  /** What would block, run when a test says so. */
  private final Queue<Runnable> tasks = new ArrayDeque<>();

  private Optional<ContainerRunner> containers = Optional.empty();
  private OptionalInt projectConcurrency = OptionalInt.empty();
  private int queueLength = 2;
  private long now;

  /** What the meter was told. */
  private final List<Object> metered = new ArrayList<>();

  private final ExecutionMeter meter =
      new ExecutionMeter() {
        @Override
        public void ended(ExecutionOutcome outcome) {
          metered.add(outcome.status());
        }

        @Override
        public void notRun(Throwable reason) {
          metered.add(((QinlingException) reason).code());
        }
      };

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void anExecutionEndsAsItsWorkerSays() {
    var outcome = executions().execute(execution("e"));

    supply.calls.getFirst().complete(RESULT);

    assertThat(outcome.join().status()).isEqualTo(Status.SUCCESS);
    assertThat(outcome.join().resultJson()).isEqualTo("{\"output\": 42, \"duration\": 0.5}");
    assertThat(outcome.join().log()).isEqualTo("log");
  }

  @Test
  void eachRunIsMeteredOnce() {
    var executions = executions();
    executions.execute(execution("e"));
    executions.execute(execution("e"));
    supply.calls.getFirst().complete(RESULT);
    executions.execute(execution("e"));

    assertThat(metered).containsExactly(Status.SUCCESS);
  }

  @Test
  void whatWaitsIsCountedUntilItBegins() {
    var executions = executions();
    executions.execute(execution("e"));
    executions.execute(execution("second"));
    assertThat(executions.underWay()).isEqualTo(2);
    assertThat(executions.waiting()).isEqualTo(1);

    supply.calls.getFirst().complete(RESULT);

    assertThat(executions.waiting()).isZero();
    assertThat(executions.underWay()).isEqualTo(1);
  }

  @Test
  void whatIsNotRunIsMeteredWithItsReason() {
    var executions = executions();
    executions.execute(execution("e"));
    executions.execute(execution("second"));

    executions.cancel("second");

    assertThat(metered).containsExactly(ErrorCode.CONFLICT);
  }

  @Test
  void anIdThatRunsIsNotRunAgain() {
    var executions = executions();
    var first = executions.execute(execution("e"));

    var second = executions.execute(execution("e"));
    supply.calls.getFirst().complete(RESULT);

    assertThat(supply.calls).hasSize(1);
    assertThat(second.join()).isSameAs(first.join());
  }

  @Test
  void anIdThatEndedAShortWhileAgoIsAnsweredFromMemory() {
    var executions = executions();
    var first = executions.execute(execution("e"));
    supply.calls.getFirst().complete(RESULT);

    var second = executions.execute(execution("e"));

    assertThat(supply.calls).hasSize(1);
    assertThat(second.join()).isSameAs(first.join());
  }

  @Test
  void anIdIsForgottenAfterAWhile() {
    var executions = executions();
    executions.execute(execution("e"));
    supply.calls.getFirst().complete(RESULT);

    now += Duration.ofMinutes(6).toNanos();
    executions.execute(execution("e"));

    assertThat(supply.calls).hasSize(2);
  }

  @Test
  void aRefusedExecutionIsNotRemembered() {
    supply.failure = new QinlingException(ErrorCode.UNAVAILABLE, "stopping");
    var executions = executions();
    assertThat(executions.execute(execution("e"))).isCompletedExceptionally();

    supply.failure = null;
    var again = executions.execute(execution("e"));

    assertThat(again).isNotDone();
  }

  @Test
  void codeThatCannotBeLoadedIsTheFunctionsFault() {
    supply.failure = new FunctionLoadException("No \"main\"", "trace");

    var outcome = executions().execute(execution("e")).join();

    assertThat(outcome.status()).isEqualTo(Status.FAILED);
    assertThat(outcome.resultJson())
        .isEqualTo("{\"output\": \"No \\\"main\\\"\", \"duration\": 0.0}");
    assertThat(outcome.log()).isEqualTo("trace");
  }

  @Test
  void aPlatformThatCannotStartItIsAnError() {
    supply.failure = new IllegalStateException("expected by the test");

    assertThat(executions().execute(execution("e")).join().status()).isEqualTo(Status.ERROR);
  }

  @Test
  void aWorkerThatIsLostWhileItRunsFailsTheExecution() {
    var outcome = executions().execute(execution("e"));

    supply.calls.getFirst().completeExceptionally(new WorkerLostException("reset", null));

    assertThat(outcome.join().status()).isEqualTo(Status.FAILED);
    assertThat(supply.calls).hasSize(1);
  }

  @Test
  void aSlotIsFreeAgainAfterAnExecution() {
    var executions = executions();
    executions.execute(execution("a"));
    var waiting = executions.execute(execution("b"));
    assertThat(supply.calls).hasSize(1);

    supply.calls.get(0).complete(RESULT);
    supply.calls.get(1).complete(RESULT);

    assertThat(waiting.join().status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void anExecutionThatWaitsIsCancelledAtOnce() {
    var executions = executions();
    executions.execute(execution("a"));
    var waiting = executions.execute(execution("b"));

    assertThat(executions.cancel("b")).isTrue();

    assertThat(waiting).isCompletedExceptionally();
    assertThat(executions.cancel("b")).isFalse();
  }

  @Test
  void anExecutionThatRunsIsCancelledByItsWorker() {
    var executions = executions();
    executions.execute(execution("a"));

    executions.cancel("a");

    assertThat(supply.cancelled).containsExactly("a");
  }

  @Test
  void whoIsNotWaitedForDoesNotStart() {
    var executions = executions();
    executions.execute(execution("a"));
    var waiting = executions.execute(execution("b"));

    executions.abandon("a");
    executions.abandon("b");
    supply.calls.getFirst().complete(RESULT);

    assertThat(waiting).isCompletedExceptionally();
    assertThat(supply.calls).hasSize(1);
  }

  @Test
  void aProjectHasNoMoreExecutionsThanItMayAndRefusesBeyondItsQueue() {
    // Given one that runs, and two that wait
    projectConcurrency = OptionalInt.of(1);
    var executions = executions();
    var first = executions.execute(execution("a"));
    var second = executions.execute(execution("b"));
    executions.execute(execution("c"));
    assertThat(supply.calls).hasSize(1);

    // When
    var refused = executions.execute(execution("d"));

    // Then the refusal is immediate, and the others run one after the other
    assertThat(refused).isCompletedExceptionally();
    supply.calls.get(0).complete(RESULT);
    assertThat(first).isCompleted();
    assertThat(second).isNotDone();
    assertThat(supply.calls).hasSize(2);
    supply.calls.get(1).complete(RESULT);
    assertThat(second).isCompleted();
    assertThat(supply.calls).hasSize(3);
  }

  @Test
  void whoLeavesTheQueueOfItsProjectDoesNotStart() {
    projectConcurrency = OptionalInt.of(1);
    var executions = executions();
    executions.execute(execution("a"));
    var left = executions.execute(execution("b"));
    var next = executions.execute(execution("c"));

    executions.abandon("b");
    supply.calls.getFirst().complete(RESULT);

    assertThat(left).isCompletedExceptionally();
    assertThat(supply.calls).hasSize(2);
    supply.calls.getLast().complete(RESULT);
    assertThat(next).isCompleted();
  }

  @Test
  void whoFindsNoRoomForAWorkerIsRefusedAfterTheLongestWait() {
    // Given
    supply.failure = new QinlingException(ErrorCode.OVERLOADED, "all workers are held");
    var waiting = executions().execute(execution("a"));
    assertThat(waiting).isNotDone();

    // When
    due.remove().run();

    // Then
    assertThat(codeOf(waiting)).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void whoWaitsForItsProjectIsRefusedAfterTheLongestWait() {
    // Given
    projectConcurrency = OptionalInt.of(1);
    var executions = executions();
    executions.execute(execution("a"));
    var waiting = executions.execute(execution("b"));

    // When
    due.remove().run();

    // Then
    assertThat(codeOf(waiting)).isEqualTo(ErrorCode.OVERLOADED);
    supply.calls.getFirst().complete(RESULT);
    assertThat(supply.calls).hasSize(1);
  }

  private static ErrorCode codeOf(CompletableFuture<?> refused) {
    return ((QinlingException) refused.exceptionNow()).code();
  }

  @Test
  void aLongQueueOfWhichAllFailEndsInAFlatStack() {
    projectConcurrency = OptionalInt.of(1);
    queueLength = 20_000;
    var executions = executions();
    executions.execute(execution("a"));
    supply.failure = new FunctionLoadException("broken", "");
    var waiting =
        IntStream.range(0, queueLength)
            .mapToObj(i -> executions.execute(execution("function-" + i, "x" + i)))
            .toList();

    supply.calls.getFirst().complete(RESULT);

    assertThat(waiting).allSatisfy(outcome -> assertThat(outcome).isCompleted());
  }

  @Test
  void anOutcomeIsFetchedWhileItIsAwaitedAndAfterwards() {
    // Given
    var executions = executions();
    executions.execute(execution("a"));

    // When
    var awaited = executions.fetch("a").orElseThrow();
    supply.calls.getFirst().complete(RESULT);

    // Then
    assertThat(awaited).isCompleted();
    assertThat(executions.fetch("a").orElseThrow()).isCompletedWithValue(awaited.join());
    assertThat(supply.calls).hasSize(1);
  }

  @Test
  void fetchingWhatIsNotKnownStartsNothing() {
    assertThat(executions().fetch("a")).isEmpty();
    assertThat(supply.calls).isEmpty();
  }

  @Test
  void aContainerEndsAsItsRunnerSays() {
    containers = Optional.of(new Containers(call -> ended("exit code 3")));
    var executions = executions();
    var outcome = executions.execute(ofImage("e"));

    tasks.remove().run();

    assertThat(outcome.join().status()).isEqualTo(Status.FAILED);
    assertThat(outcome.join().resultJson())
        .isEqualTo("{\"output\": \"exit code 3\", \"duration\": 1.5}");
    assertThat(outcome.join().log()).isEqualTo("log");
    assertThat(supply.calls).isEmpty();
  }

  @Test
  void aContainerThatSucceedsHasNoOutput() {
    containers = Optional.of(new Containers(call -> ended(null)));
    var outcome = executions().execute(ofImage("e"));

    tasks.remove().run();

    assertThat(outcome.join().status()).isEqualTo(Status.SUCCESS);
    assertThat(outcome.join().resultJson()).isEqualTo("{\"duration\": 1.5}");
  }

  @Test
  void aContainerThatDoesNotStartIsAnErrorWithItsReason() {
    containers =
        Optional.of(
            new Containers(call -> {
              throw new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, "No such image");
            }));
    var outcome = executions().execute(ofImage("e"));

    tasks.remove().run();

    assertThat(outcome.join().status()).isEqualTo(Status.ERROR);
    assertThat(outcome.join().resultJson()).isEqualTo("{\"output\": \"No such image\"}");
  }

  @Test
  void withoutRoomForAContainerNothingWasRun() {
    containers =
        Optional.of(
            new Containers(call -> {
              throw new QinlingException(ErrorCode.OVERLOADED, "full");
            }));
    var outcome = executions().execute(ofImage("e"));

    tasks.remove().run();

    assertThat(codeOf(outcome)).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void whereThereAreNoContainersFunctionsOfImagesAreErrors() {
    var outcome = executions().execute(ofImage("e"));

    assertThat(outcome.join().status()).isEqualTo(Status.ERROR);
    assertThat(outcome.join().resultJson()).contains("cannot run functions of source image");
  }

  @Test
  void containersCountForTheirProject() {
    projectConcurrency = OptionalInt.of(1);
    containers = Optional.of(new Containers(call -> ended(null)));
    var executions = executions();
    executions.execute(ofImage("a"));
    var second = executions.execute(ofImage("b"));
    assertThat(tasks).hasSize(1);

    tasks.remove().run();
    tasks.remove().run();

    assertThat(second.join().status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void whoGaveUpWaitingForItsProjectStartsNoContainer() {
    projectConcurrency = OptionalInt.of(1);
    containers = Optional.of(new Containers(call -> ended(null)));
    var executions = executions();
    executions.execute(ofImage("a"));
    var waiting = executions.execute(ofImage("b"));

    executions.cancel("b");
    tasks.remove().run();

    assertThat(codeOf(waiting)).isEqualTo(ErrorCode.CONFLICT);
    assertThat(tasks).isEmpty();
  }

  @Test
  void aContainerThatRunsIsStopped() {
    var runner = new Containers(call -> ended(null));
    containers = Optional.of(runner);
    var executions = executions();
    executions.execute(ofImage("a"));

    executions.cancel("a");

    assertThat(runner.stopped).containsExactly("a");
  }

  @Test
  void whatIsCancelledBeforeItsContainerIsMadeHasNone() {
    containers =
        Optional.of(
            new Containers(call -> {
              throw new AssertionError("it was started");
            }));
    var executions = executions();
    var outcome = executions.execute(ofImage("a"));

    executions.cancel("a");
    tasks.remove().run();

    assertThat(codeOf(outcome)).isEqualTo(ErrorCode.CONFLICT);
  }

  private static ContainerEnd ended(String failure) {
    return new ContainerEnd(Optional.ofNullable(failure), "log", Duration.ofMillis(1500));
  }

  private static Execution ofImage(String id) {
    var function =
        new ImageFunction(
            new FunctionKey("f", 0), "p", "image", 100, 1 << 25, Duration.ofSeconds(5));
    return new Execution(id, function, "{}".getBytes(UTF_8), new byte[0]);
  }

  /** Containers that end at once. */
  private record Containers(Function<ContainerCall, ContainerEnd> action, List<String> stopped)
      implements ContainerRunner {
    Containers(Function<ContainerCall, ContainerEnd> action) {
      this(action, new ArrayList<>());
    }

    @Override
    public ContainerEnd run(ContainerCall call) {
      return action.apply(call);
    }

    @Override
    public void stop(String executionId) {
      stopped.add(executionId);
    }
  }

  /** One worker with one slot. */
  private Executions executions() {
    var limits = new PlacementLimits(1, 1, 10, Duration.ofSeconds(30), Duration.ofSeconds(60));
    return new Executions(
        new Placements(limits, supply, new InMemoryCoordination(), Runnable::run, timer, () -> now),
        new ProjectGate(projectConcurrency, queueLength, () -> now),
        containers,
        tasks::add,
        () -> now,
        meter,
        TracerProvider.noop().get(""));
  }

  private static Execution execution(String id) {
    return execution("f", id);
  }

  private static Execution execution(String functionId, String id) {
    var function =
        new FunctionVersion(
            new FunctionKey(functionId, 0),
            "p",
            0,
            new Pool("r", "image", true),
            "digest",
            "main.main",
            100,
            1,
            Duration.ofSeconds(5));
    return new Execution(id, function, "{}".getBytes(UTF_8), new byte[0]);
  }

  /** Workers whose executions end when a test says so. */
  private static final class Supply implements WorkerSupply {
    private final List<CompletableFuture<WorkerResult>> calls = new ArrayList<>();
    private final List<String> cancelled = new ArrayList<>();
    private RuntimeException failure;

    @Override
    public LoadedWorker claim(FunctionVersion function, Runnable taken) {
      if (failure != null) {
        throw failure;
      }
      return new LoadedWorker() {
        @Override
        public Worker worker() {
          return new Worker("w", InetSocketAddress.createUnresolved("nowhere", 1), "secret");
        }

        @Override
        public FunctionKey function() {
          return function.key();
        }

        @Override
        public int slots() {
          return 1;
        }

        @Override
        public void onLost(Runnable action) {}

        @Override
        public CompletableFuture<WorkerResult> execute(int slot, WorkerCall call) {
          var result = new CompletableFuture<WorkerResult>();
          calls.add(result);
          return result;
        }

        @Override
        public void cancel(String executionId) {
          cancelled.add(executionId);
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public List<LoadedWorker> adopt(FunctionVersion function) {
      return List.of();
    }

    @Override
    public List<String> left(FunctionKey function) {
      return List.of();
    }

    @Override
    public void endLeft(FunctionKey function) {}

    @Override
    public void release(LoadedWorker worker) {}

    @Override
    public void handOver(LoadedWorker worker) {}

    @Override
    public void leave(LoadedWorker worker) {}

    @Override
    public void onRoom(Runnable action) {}
  }
}
