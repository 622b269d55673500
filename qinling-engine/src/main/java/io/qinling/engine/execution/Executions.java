// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.opentelemetry.api.trace.Tracer;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.function.ImageFunction;
import io.qinling.engine.orchestrator.ContainerRunner;
import io.qinling.engine.placement.Placements;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;

/**
 * The executions that run, and the outcomes of those that ended a short while ago, by id. Safe for
 * use by any thread; never blocks.
 */
public final class Executions {
  /** An api that lost its connection asks again well within this time. */
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private static final long REMEMBERED_CHARACTERS = 32L * 1024 * 1024;

  private record Ended(Execution.Identity execution, ExecutionOutcome outcome) {}

  private final Placements placements;
  private final ProjectGate gate;
  private final Optional<ContainerRunner> containers;
  private final Executor blocking;
  private final ExecutionMeter meter;
  private final Tracer tracer;
  private final ConcurrentMap<String, Run> running = new ConcurrentHashMap<>();
  private final Cache<String, Ended> ended;

  /**
   * @param containers runs functions of source image; empty where they cannot be run
   * @param blocking runs what blocks
   * @param tracer makes spans of the work itself
   */
  public Executions(
      Placements placements,
      ProjectGate gate,
      Optional<ContainerRunner> containers,
      Executor blocking,
      Ticker ticker,
      ExecutionMeter meter,
      Tracer tracer) {
    this.placements = placements;
    this.gate = gate;
    this.containers = containers;
    this.blocking = blocking;
    this.meter = meter;
    this.tracer = tracer;
    this.ended =
        Caffeine.newBuilder()
            .expireAfterWrite(REMEMBERED)
            .maximumWeight(REMEMBERED_CHARACTERS)
            .<String, Ended>weigher((id, end) -> 256 + end.outcome().weight())
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  /**
   * Runs an execution, unless one with its id runs or ended a short while ago.
   *
   * @return the outcome, also of the earlier one; exceptionally a {@link
   *     io.qinling.error.QinlingException} when nothing was run
   */
  public CompletableFuture<ExecutionOutcome> execute(Execution execution) {
    var run = run(execution);
    var earlier = running.putIfAbsent(execution.id(), run);
    if (earlier != null) {
      return earlier.join(execution);
    }
    // Looked up after the insertion above: an execution is remembered before it stops to be
    // running.
    var known = ended.getIfPresent(execution.id());
    if (known != null && known.execution().equals(execution.identity())) {
      running.remove(execution.id(), run);
      return CompletableFuture.completedFuture(known.outcome());
    }
    run.outcome()
        .whenComplete((outcome, refused) -> {
          if (outcome != null) {
            ended.put(execution.id(), new Ended(execution.identity(), outcome));
          }
          running.remove(execution.id(), run);
          if (outcome != null) {
            meter.ended(outcome);
          } else {
            meter.notRun(refused);
          }
        });
    run.start();
    return run.outcome();
  }

  /** How many are under way, those that wait included. */
  public int underWay() {
    return running.size();
  }

  /** How many wait for their turn or for a worker. Looks at all that are under way. */
  public long waiting() {
    return running.values().stream().filter(run -> !run.hasBegun()).count();
  }

  private Run run(Execution execution) {
    return switch (execution.function()) {
      case FunctionVersion function -> new WorkerRun(execution, function, placements, gate, tracer);
      case ImageFunction function ->
          new ContainerRun(execution, function, placements, gate, containers, blocking, tracer);
    };
  }

  /**
   * The outcome of an execution that runs or ended a short while ago; never starts one.
   *
   * @return empty when it is not known here; exceptionally as {@link #execute}
   */
  public Optional<CompletableFuture<ExecutionOutcome>> fetch(String id) {
    var run = running.get(id);
    if (run != null) {
      return Optional.of(run.outcome());
    }
    // Looked up after those that run: an execution is remembered before it stops to be running.
    return Optional.ofNullable(ended.getIfPresent(id))
        .map(end -> CompletableFuture.completedFuture(end.outcome()));
  }

  /**
   * A caller stopped waiting: without another one, an execution that has not begun does not begin.
   */
  public void abandon(String id) {
    Optional.ofNullable(running.get(id)).ifPresent(Run::abandon);
  }

  /** Completes when no execution is under way, as far as those go that are now. */
  public CompletableFuture<Void> drained() {
    return CompletableFuture.allOf(
            running.values().stream().map(Run::outcome).toArray(CompletableFuture[]::new))
        .exceptionally(refused -> null);
  }

  /**
   * Stops an execution.
   *
   * @return false when it does not run here
   */
  public boolean cancel(String id) {
    var run = Optional.ofNullable(running.get(id));
    run.ifPresent(Run::cancel);
    return run.isPresent();
  }
}
