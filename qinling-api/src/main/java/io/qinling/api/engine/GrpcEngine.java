// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.qinling.api.identity.TrustSession;
import io.qinling.engine.v1.CreatePoolRequest;
import io.qinling.engine.v1.DeletePackageRequest;
import io.qinling.engine.v1.DeletePoolRequest;
import io.qinling.engine.v1.DescribePoolRequest;
import io.qinling.engine.v1.ExecuteRequest;
import io.qinling.engine.v1.ExecuteResponse;
import io.qinling.engine.v1.ExecutionsGrpc;
import io.qinling.engine.v1.ExecutionsGrpc.ExecutionsBlockingStub;
import io.qinling.engine.v1.FunctionSpec;
import io.qinling.engine.v1.GetPackageRequest;
import io.qinling.engine.v1.ListWorkersRequest;
import io.qinling.engine.v1.PackagesGrpc;
import io.qinling.engine.v1.PackagesGrpc.PackagesBlockingStub;
import io.qinling.engine.v1.PackagesGrpc.PackagesStub;
import io.qinling.engine.v1.ReleaseRequest;
import io.qinling.engine.v1.RuntimePoolsGrpc;
import io.qinling.engine.v1.RuntimePoolsGrpc.RuntimePoolsBlockingStub;
import io.qinling.engine.v1.ScaleDownRequest;
import io.qinling.engine.v1.ScaleUpRequest;
import io.qinling.engine.v1.Session;
import io.qinling.engine.v1.UpdatePoolRequest;
import io.qinling.engine.v1.WorkersGrpc;
import io.qinling.engine.v1.WorkersGrpc.WorkersBlockingStub;
import io.qinling.error.GrpcErrors;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The engine at the other end of a gRPC channel. */
public final class GrpcEngine implements Engine {
  /** For calls that only look something up or set it. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** For calls that wait for workers to start, or carry a package. */
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Reconnecting reconnecting;
  private final ExecutionsBlockingStub executions;
  private final RuntimePoolsBlockingStub pools;
  private final WorkersBlockingStub workers;
  private final PackagesBlockingStub packages;
  private final PackagesStub packageStreams;

  /**
   * @param reconnecting lets calls wait a moment for an engine that was away
   */
  public GrpcEngine(Channel channel, Reconnecting reconnecting) {
    this.reconnecting = reconnecting;
    this.executions = ExecutionsGrpc.newBlockingStub(channel);
    this.pools = RuntimePoolsGrpc.newBlockingStub(channel);
    this.workers = WorkersGrpc.newBlockingStub(channel);
    this.packages = PackagesGrpc.newBlockingStub(channel);
    this.packageStreams = PackagesGrpc.newStub(channel);
  }

  @Override
  public EngineResult execute(EngineCall call) {
    var request =
        ExecuteRequest.newBuilder()
            .setExecutionId(call.executionId())
            .setFunction(spec(call.function()))
            .setInputJson(
                call.inputJson() == null
                    ? ByteString.EMPTY
                    : ByteString.copyFromUtf8(call.inputJson()));
    call.session().ifPresent(session -> request.setSession(encode(session)));
    return result(translating(() -> within(call.patience(), executions).execute(request.build())));
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

  private static EngineResult result(ExecuteResponse response) {
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

  private static FunctionSpec spec(RunnableFunction function) {
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

  /** Any call shows it: this one asks for the workers of no function. */
  @Override
  public void ping() {
    workers(new UUID(0, 0).toString(), 0);
  }

  @Override
  public void createPool(RuntimePool pool) {
    var request =
        CreatePoolRequest.newBuilder()
            .setRuntimeId(pool.runtimeId())
            .setImage(pool.image())
            .setTrusted(pool.trusted())
            .build();
    translating(() -> within(LONG, pools).createPool(request));
  }

  @Override
  public void updatePool(String runtimeId, String image) {
    var request = UpdatePoolRequest.newBuilder().setRuntimeId(runtimeId).setImage(image).build();
    translating(() -> within(LONG, pools).updatePool(request));
  }

  @Override
  public void deletePool(String runtimeId) {
    var request = DeletePoolRequest.newBuilder().setRuntimeId(runtimeId).build();
    translating(() -> within(LONG, pools).deletePool(request));
  }

  @Override
  public PoolCapacity describePool(String runtimeId) {
    var request = DescribePoolRequest.newBuilder().setRuntimeId(runtimeId).build();
    var pool = translating(() -> within(SHORT, pools).describePool(request));
    return new PoolCapacity(pool.getTotal(), pool.getAvailable());
  }

  @Override
  public List<String> workers(String functionId, int version) {
    var request =
        ListWorkersRequest.newBuilder()
            .setFunctionId(functionId)
            .setFunctionVersion(version)
            .build();
    return translating(() -> within(SHORT, workers).listWorkers(request)).getWorkerNamesList();
  }

  @Override
  public void scaleUp(RunnableFunction function, int count) {
    var request = ScaleUpRequest.newBuilder().setFunction(spec(function)).setCount(count).build();
    translating(() -> within(LONG, workers).scaleUp(request));
  }

  @Override
  public void scaleDown(String functionId, int version, int count) {
    var request =
        ScaleDownRequest.newBuilder()
            .setFunctionId(functionId)
            .setFunctionVersion(version)
            .setCount(count)
            .build();
    translating(() -> within(SHORT, workers).scaleDown(request));
  }

  @Override
  public void release(String functionId, int version) {
    var request =
        ReleaseRequest.newBuilder().setFunctionId(functionId).setFunctionVersion(version).build();
    translating(() -> within(SHORT, workers).release(request));
  }

  @Override
  public void putPackage(String digest, InputStream content) throws IOException {
    reconnecting.beforeCall();
    var sender = new PackageSender();
    packageStreams.withDeadlineAfter(LONG.toMillis(), TimeUnit.MILLISECONDS).putPackage(sender);
    sender.send(digest, content);
  }

  @Override
  public InputStream getPackage(String digest) {
    var request = GetPackageRequest.newBuilder().setDigest(digest).build();
    var call = Context.current().withCancellation();
    var chunks = callIn(call, () -> within(LONG, packages).getPackage(request));
    try {
      // The first message tells whether there is a package at all.
      translating(chunks::hasNext);
    } catch (QinlingException refused) {
      call.cancel(refused);
      throw refused;
    }
    return new PackageReader(chunks, () -> call.cancel(null));
  }

  @Override
  public void deletePackage(String digest) {
    var request = DeletePackageRequest.newBuilder().setDigest(digest).build();
    translating(() -> within(SHORT, packages).deletePackage(request));
  }

  private static <A> A callIn(Context context, Supplier<A> call) {
    var outer = context.attach();
    try {
      return call.get();
    } finally {
      context.detach(outer);
    }
  }

  private static <S extends AbstractStub<S>> S within(Duration patience, S stub) {
    return stub.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private <A> A translating(Supplier<A> call) {
    reconnecting.beforeCall();
    try {
      return call.get();
    } catch (StatusRuntimeException failure) {
      throw GrpcErrors.fromGrpc(failure);
    }
  }
}
