// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.qinling.engine.execution.ExecutionOutcome.Status;
import io.qinling.engine.orchestrator.ContainerEnd;
import io.qinling.engine.worker.FunctionLoadException;
import io.qinling.engine.worker.WorkerLostException;
import io.qinling.engine.worker.WorkerResult;

/** Makes outcomes of what happened. The texts are those that clients of the v1 API know. */
final class Outcomes {
  private Outcomes() {}

  static ExecutionOutcome of(WorkerResult result, long waitedNanos, long workerNanos) {
    return new ExecutionOutcome(
        result.success() ? Status.SUCCESS : Status.FAILED,
        "{\"output\": " + result.outputJson() + ", \"duration\": " + result.durationSeconds() + "}",
        result.log(),
        result.durationSeconds(),
        waitedNanos,
        workerNanos);
  }

  static ExecutionOutcome of(WorkerLostException lost, long waitedNanos, long workerNanos) {
    return new ExecutionOutcome(
        Status.FAILED,
        output("Function execution failed because its worker was lost."),
        "",
        0,
        waitedNanos,
        workerNanos);
  }

  static ExecutionOutcome of(FunctionLoadException failure, long waitedNanos) {
    return new ExecutionOutcome(
        Status.FAILED,
        "{\"output\": " + quoted(failure.getMessage()) + ", \"duration\": 0.0}",
        failure.log(),
        0,
        waitedNanos,
        0);
  }

  static ExecutionOutcome of(ContainerEnd end, long waitedNanos, long ranNanos) {
    double seconds = end.duration().toMillis() / 1e3;
    var output = end.failure().map(why -> "\"output\": " + quoted(why) + ", ").orElse("");
    return new ExecutionOutcome(
        end.failure().isEmpty() ? Status.SUCCESS : Status.FAILED,
        "{" + output + "\"duration\": " + seconds + "}",
        end.log(),
        seconds,
        waitedNanos,
        ranNanos);
  }

  static ExecutionOutcome notStarted(long waitedNanos) {
    return notStarted("Function execution failed.", waitedNanos);
  }

  /**
   * @param reason for the function's owner
   */
  static ExecutionOutcome notStarted(String reason, long waitedNanos) {
    return new ExecutionOutcome(Status.ERROR, output(reason), "", 0, waitedNanos, 0);
  }

  private static String output(String message) {
    return "{\"output\": " + quoted(message) + "}";
  }

  private static String quoted(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
