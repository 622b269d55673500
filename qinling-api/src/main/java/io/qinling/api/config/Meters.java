// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static java.util.stream.Collectors.toMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.qinling.api.engine.routing.EngineDirectory;
import io.qinling.api.execution.CommitTotals;
import io.qinling.api.execution.ExecutionMeter;
import io.qinling.api.execution.ExecutionRunner;
import io.qinling.api.execution.ExecutionStatus;
import io.qinling.api.execution.Journal;
import io.qinling.api.keystone.KeystoneAuthenticator;
import io.qinling.metrics.Latency;
import io.qinling.metrics.LoggedErrors;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** The metrics of the api. All are made once, so that a call finds its own without looking. */
final class Meters {
  /** The packages of the api. */
  static final List<String> COMPONENTS =
      List.of(
          "alias",
          "config",
          "database",
          "engine",
          "execution",
          "function",
          "health",
          "http",
          "identity",
          "instance",
          "job",
          "keystone",
          "policy",
          "runtime",
          "version",
          "webhook");

  private Meters() {}

  static LoggedErrors errors(MeterRegistry registry) {
    return new LoggedErrors(registry, "io.qinling.api", COMPONENTS);
  }

  static ExecutionMeter executions(MeterRegistry registry) {
    Map<ExecutionStatus, Counter> ended =
        Arrays.stream(ExecutionStatus.values())
            .filter(ExecutionStatus::isFinal)
            .collect(
                toMap(
                    status -> status,
                    status -> executions(registry, status.text()),
                    (_, last) -> last,
                    () -> new EnumMap<>(ExecutionStatus.class)));
    var refused = executions(registry, "refused");
    Timer answers =
        Latency.timer(
            registry,
            "qinling.execution",
            "From the call of the engine to the record, of synchronous executions that it ran");
    return new ExecutionMeter() {
      @Override
      public void ended(ExecutionStatus status) {
        ended.get(status).increment();
      }

      @Override
      public void answered(long nanos) {
        answers.record(nanos, TimeUnit.NANOSECONDS);
      }

      @Override
      public void refused() {
        refused.increment();
      }
    };
  }

  private static Counter executions(MeterRegistry registry, String status) {
    return Counter.builder("qinling.executions")
        .description("Executions that ended, or were refused for want of room")
        .tag("status", status)
        .register(registry);
  }

  static void bind(MeterRegistry registry, ExecutionRunner runner) {
    gauge(
        registry,
        "qinling.async.executions",
        "Asynchronous executions under way",
        runner,
        ExecutionRunner::asyncUnderWay);
  }

  static void bind(MeterRegistry registry, Journal journal) {
    gauge(
        registry,
        "qinling.journal.open",
        "Executions whose end is not durable yet",
        journal,
        Journal::openCount);
    gauge(
        registry,
        "qinling.journal.waiting",
        "Entries that wait for the next commit",
        journal,
        Journal::waitingCount);
    gauge(
        registry,
        "qinling.journal.kept",
        "Executions to be written when the database is back",
        journal,
        Journal::keptCount);
    FunctionTimer.builder(
            "qinling.journal.commit",
            journal.commitTotals(),
            CommitTotals::commits,
            CommitTotals::nanos,
            TimeUnit.NANOSECONDS)
        .description("Transactions of the journal")
        .register(registry);
    FunctionCounter.builder(
            "qinling.journal.changes", journal.commitTotals(), CommitTotals::changes)
        .description("Changes that the journal has written")
        .register(registry);
  }

  static void bind(MeterRegistry registry, KeystoneAuthenticator authenticator) {
    tokens(registry, authenticator, "hit", KeystoneAuthenticator::knownTokens);
    tokens(registry, authenticator, "miss", KeystoneAuthenticator::unknownTokens);
  }

  private static void tokens(
      MeterRegistry registry,
      KeystoneAuthenticator authenticator,
      String result,
      ToDoubleFunction<KeystoneAuthenticator> count) {
    FunctionCounter.builder("qinling.token.cache.requests", authenticator, count)
        .description("Tokens that were looked up in memory")
        .tag("result", result)
        .register(registry);
  }

  static void bind(MeterRegistry registry, EngineDirectory directory) {
    gauge(
        registry,
        "qinling.engines",
        "Engines that live as far as is known",
        directory,
        engines -> engines.engines().size());
  }

  private static <T> void gauge(
      MeterRegistry registry,
      String name,
      String description,
      T object,
      ToDoubleFunction<T> value) {
    Gauge.builder(name, object, value).description(description).register(registry);
  }
}
