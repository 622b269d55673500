// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import com.google.protobuf.ByteString;
import io.qinling.api.identity.TrustSession;
import io.qinling.engine.v1.ExecuteRequest;
import io.qinling.engine.v1.ExecuteResponse;
import io.qinling.engine.v1.FunctionSpec;
import io.qinling.engine.v1.Session;
import java.util.concurrent.TimeUnit;

/** What is said to the engine about functions, and what it answers. */
final class Messages {
  private Messages() {}

  static ExecuteRequest request(EngineCall call) {
    var request =
        ExecuteRequest.newBuilder()
            .setExecutionId(call.executionId())
            .setFunction(spec(call.function()))
            .setInputJson(
                call.inputJson() == null
                    ? ByteString.EMPTY
                    : ByteString.copyFromUtf8(call.inputJson()));
    call.session().ifPresent(session -> request.setSession(encode(session)));
    return request.build();
  }

  private static Session encode(TrustSession session) {
    return Session.newBuilder()
        .setAuthUrl(session.authUrl())
        .setToken(session.token())
        .setUserId(session.userId())
        .setProjectId(session.projectId())
        .setCafile(session.caFile().orElse(""))
        .build();
  }

  static FunctionSpec spec(RunnableFunction function) {
    return FunctionSpec.newBuilder()
        .setFunctionId(function.functionId())
        .setFunctionVersion(function.version())
        .setRevision(function.revision())
        .setRuntimeId(function.runtime().runtimeId())
        .setRuntimeImage(function.runtime().image())
        .setTrusted(function.runtime().trusted())
        .setPackageDigest(function.packageDigest())
        .setImage(function.image())
        .setEntry(function.entry())
        .setCpuMillis(function.cpuMillis())
        .setMemoryBytes(function.memoryBytes())
        .setTimeoutSeconds(function.timeoutSeconds())
        .setProjectId(function.projectId())
        .build();
  }

  static EngineResult result(ExecuteResponse response) {
    var outcome =
        switch (response.getOutcome()) {
          case OUTCOME_SUCCESS -> EngineResult.Outcome.SUCCESS;
          case OUTCOME_FAILED -> EngineResult.Outcome.FAILED;
          case OUTCOME_ERROR, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> EngineResult.Outcome.ERROR;
        };
    var timing =
        new EngineTiming(
            TimeUnit.MICROSECONDS.toNanos(response.getTotalMicros()),
            TimeUnit.MICROSECONDS.toNanos(response.getWaitedMicros()),
            TimeUnit.MICROSECONDS.toNanos(response.getWorkerMicros()));
    return new EngineResult(outcome, response.getResultJson(), response.getLog(), timing);
  }
}
