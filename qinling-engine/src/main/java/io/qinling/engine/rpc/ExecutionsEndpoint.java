// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.qinling.engine.execution.Execution;
import io.qinling.engine.execution.ExecutionOutcome;
import io.qinling.engine.execution.Executions;
import io.qinling.engine.v1.CancelRequest;
import io.qinling.engine.v1.CancelResponse;
import io.qinling.engine.v1.ExecuteRequest;
import io.qinling.engine.v1.ExecuteResponse;
import io.qinling.engine.v1.ExecutionsGrpc.ExecutionsImplBase;
import io.qinling.engine.v1.FetchRequest;
import io.qinling.engine.v1.Outcome;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.tracing.CurrentSpan;
import io.qinling.tracing.ExecutionAttributes;
import io.quarkus.grpc.GrpcService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The calls that run functions. They never block and stay on their event loop. */
@GrpcService
public class ExecutionsEndpoint extends ExecutionsImplBase {
  private static final byte[] NOTHING = {};

  private final Executions executions;

  ExecutionsEndpoint(Executions executions) {
    this.executions = executions;
  }

  @Override
  public void execute(ExecuteRequest request, StreamObserver<ExecuteResponse> caller) {
    long arrived = System.nanoTime();
    try {
      var execution =
          new Execution(
              request.getExecutionId(),
              FunctionSpecs.decode(request.getFunction()),
              request.getInputJson().toByteArray(),
              request.hasSession() ? Sessions.encode(request.getSession()) : NOTHING);
      var function = execution.function().key();
      ExecutionAttributes.begun(
          CurrentSpan.get(), execution.id(), function.functionId(), function.version());
      ((ServerCallStreamObserver<ExecuteResponse>) caller)
          .setOnCancelHandler(() -> executions.abandon(execution.id()));
      answer(caller, executions.execute(execution), arrived);
    } catch (IllegalArgumentException | QinlingException invalid) {
      Replies.refuse(caller, invalid);
    }
  }

  private static void answer(
      StreamObserver<ExecuteResponse> caller,
      CompletableFuture<ExecutionOutcome> end,
      long arrived) {
    var span = CurrentSpan.get();
    end.whenComplete((outcome, failure) -> {
      if (failure == null) {
        span.setAttribute("qinling.wait_seconds", outcome.waitedNanos() / 1e9);
        ExecutionAttributes.ended(span, outcome.status().text());
        Replies.answer(caller, encode(outcome, System.nanoTime() - arrived));
      } else {
        Replies.refuse(caller, failure);
      }
    });
  }

  @Override
  public void fetch(FetchRequest request, StreamObserver<ExecuteResponse> caller) {
    long arrived = System.nanoTime();
    executions
        .fetch(request.getExecutionId())
        .ifPresentOrElse(
            outcome -> answer(caller, outcome, arrived),
            () ->
                Replies.refuse(
                    caller,
                    new QinlingException(ErrorCode.NOT_FOUND, "The execution is not known here")));
  }

  private static ExecuteResponse encode(ExecutionOutcome outcome, long totalNanos) {
    return ExecuteResponse.newBuilder()
        .setOutcome(encode(outcome.status()))
        .setResultJson(outcome.resultJson())
        .setLog(outcome.log())
        .setDurationSeconds(outcome.durationSeconds())
        .setWaitedMicros(TimeUnit.NANOSECONDS.toMicros(outcome.waitedNanos()))
        .setTotalMicros(TimeUnit.NANOSECONDS.toMicros(totalNanos))
        .setWorkerMicros(TimeUnit.NANOSECONDS.toMicros(outcome.workerNanos()))
        .build();
  }

  private static Outcome encode(ExecutionOutcome.Status status) {
    return switch (status) {
      case SUCCESS -> Outcome.OUTCOME_SUCCESS;
      case FAILED -> Outcome.OUTCOME_FAILED;
      case ERROR -> Outcome.OUTCOME_ERROR;
    };
  }

  @Override
  public void cancel(CancelRequest request, StreamObserver<CancelResponse> caller) {
    if (executions.cancel(request.getExecutionId())) {
      Replies.answer(caller, CancelResponse.getDefaultInstance());
    } else {
      Replies.refuse(
          caller, new QinlingException(ErrorCode.NOT_FOUND, "The execution does not run here"));
    }
  }
}
