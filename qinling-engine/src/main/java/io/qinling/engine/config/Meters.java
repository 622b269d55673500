// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static java.util.stream.Collectors.toMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.qinling.engine.execution.ExecutionMeter;
import io.qinling.engine.execution.ExecutionOutcome;
import io.qinling.engine.execution.ExecutionOutcome.Status;
import io.qinling.engine.execution.Executions;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.metrics.Latency;
import io.qinling.metrics.LoggedErrors;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** The metrics of the engine. All are made once, so that a call finds its own without looking. */
final class Meters {
  /** The packages of the engine. */
  static final List<String> COMPONENTS =
      List.of(
          "config",
          "coordination",
          "download",
          "execution",
          "function",
          "orchestrator",
          "placement",
          "rpc",
          "storage",
          "worker");

  private Meters() {}

  static LoggedErrors errors(MeterRegistry registry) {
    return new LoggedErrors(registry, "io.qinling.engine", COMPONENTS);
  }

  static ExecutionMeter executions(MeterRegistry registry) {
    Map<Status, Counter> ended =
        Arrays.stream(Status.values())
            .collect(
                toMap(
                    status -> status,
                    status -> runs(registry, status.text()),
                    (_, last) -> last,
                    () -> new EnumMap<>(Status.class)));
    var refused = runs(registry, "refused");
    var notRun = runs(registry, "not_run");
    var waits =
        Latency.timer(
            registry, "qinling.wait", "From an execution's arrival until it had a worker");
    var worker =
        Latency.timer(
            registry, "qinling.run", "From sending an execution to its worker until the answer");
    return new ExecutionMeter() {
      @Override
      public void ended(ExecutionOutcome outcome) {
        ended.get(outcome.status()).increment();
        waits.record(outcome.waitedNanos(), TimeUnit.NANOSECONDS);
        if (outcome.workerNanos() > 0) {
          worker.record(outcome.workerNanos(), TimeUnit.NANOSECONDS);
        }
      }

      @Override
      public void notRun(Throwable reason) {
        boolean isForWantOfRoom =
            reason instanceof QinlingException known && known.code() == ErrorCode.OVERLOADED;
        (isForWantOfRoom ? refused : notRun).increment();
      }
    };
  }

  private static Counter runs(MeterRegistry registry, String status) {
    return Counter.builder("qinling.runs")
        .description("Executions that this engine was asked for, by what became of them")
        .tag("status", status)
        .register(registry);
  }

  static LongConsumer coldStarts(MeterRegistry registry) {
    var timer =
        Latency.timer(
            registry,
            "qinling.cold.starts",
            "From claiming a worker until the function was loaded into it");
    return nanos -> timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  static void bind(MeterRegistry registry, Executions executions) {
    Gauge.builder("qinling.queue.length", executions, Executions::waiting)
        .description("Executions that wait for their turn or for a worker")
        .register(registry);
    Gauge.builder("qinling.executions.open", executions, Executions::underWay)
        .description("Executions under way, those that wait included")
        .register(registry);
  }
}
