// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.ClientCalls;
import io.qinling.engine.v1.CheckOrchestratorRequest;
import io.qinling.engine.v1.CreatePoolRequest;
import io.qinling.engine.v1.DeletePackageRequest;
import io.qinling.engine.v1.DeletePoolRequest;
import io.qinling.engine.v1.DescribePoolRequest;
import io.qinling.engine.v1.ExecutionsGrpc;
import io.qinling.engine.v1.ExecutionsGrpc.ExecutionsBlockingStub;
import io.qinling.engine.v1.FetchRequest;
import io.qinling.engine.v1.GetPackageRequest;
import io.qinling.engine.v1.ListWorkersRequest;
import io.qinling.engine.v1.PackagesGrpc;
import io.qinling.engine.v1.PackagesGrpc.PackagesBlockingStub;
import io.qinling.engine.v1.PackagesGrpc.PackagesStub;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.engine.v1.ReleaseRequest;
import io.qinling.engine.v1.RuntimePoolsGrpc;
import io.qinling.engine.v1.RuntimePoolsGrpc.RuntimePoolsBlockingStub;
import io.qinling.engine.v1.ScaleDownRequest;
import io.qinling.engine.v1.ScaleUpRequest;
import io.qinling.engine.v1.UpdatePoolRequest;
import io.qinling.engine.v1.WorkersGrpc;
import io.qinling.engine.v1.WorkersGrpc.WorkersBlockingStub;
import io.qinling.error.ErrorCode;
import io.qinling.error.GrpcErrors;
import io.qinling.error.QinlingException;
import io.qinling.packages.PackageSender;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The one engine at the other end of a gRPC channel. What must not be done twice fails with
 * UNAVAILABLE when it was surely not done, and with LOST when it may have been; every call may fail
 * with NOT_OWNER.
 */
public final class GrpcEngine implements Engine {
  /** For calls that only look something up or set it. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** For calls that wait for workers to start, or carry a package. */
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Channel channel;
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
    this.channel = channel;
    this.reconnecting = reconnecting;
    this.executions = ExecutionsGrpc.newBlockingStub(channel);
    this.pools = RuntimePoolsGrpc.newBlockingStub(channel);
    this.workers = WorkersGrpc.newBlockingStub(channel);
    this.packages = PackagesGrpc.newBlockingStub(channel);
    this.packageStreams = PackagesGrpc.newStub(channel);
  }

  @Override
  public EngineResult execute(EngineCall call) {
    return execute(call, call.patience());
  }

  /**
   * Runs a function as {@link #execute(EngineCall)} does.
   *
   * @param patience in place of the call's, of which some may have passed
   */
  public EngineResult execute(EngineCall call, Duration patience) {
    return Messages.result(
        once(ExecutionsGrpc.getExecuteMethod(), Messages.request(call), patience));
  }

  /**
   * Waits for the end of an execution that this engine was asked to run; never starts it.
   *
   * @throws QinlingException NOT_FOUND when this process of the engine does not know it
   */
  public EngineResult fetch(String executionId, Duration patience) {
    var request = FetchRequest.newBuilder().setExecutionId(executionId).build();
    try {
      return Messages.result(translating(() -> within(patience, executions).fetch(request)));
    } catch (QinlingException failed) {
      throw isOlder(failed)
          ? new QinlingException(ErrorCode.NOT_FOUND, "The engine tells no outcomes", failed)
          : failed;
    }
  }

  /** Any call shows it: this one asks for the workers of no function. */
  @Override
  public void ping() {
    workers(new UUID(0, 0).toString(), 0);
  }

  /** What keeps its orchestrator from providing workers, for everybody to read. */
  public Optional<String> orchestratorTrouble() {
    var request = CheckOrchestratorRequest.getDefaultInstance();
    try {
      var trouble = translating(() -> within(SHORT, pools).checkOrchestrator(request)).getTrouble();
      return Optional.of(trouble).filter(words -> !words.isEmpty());
    } catch (QinlingException failed) {
      if (isOlder(failed)) {
        return Optional.empty();
      }
      throw failed;
    }
  }

  /** Whether the engine is of a version that does not know the call. */
  private static boolean isOlder(QinlingException failed) {
    return failed.getCause() instanceof StatusRuntimeException status
        && status.getStatus().getCode() == Status.Code.UNIMPLEMENTED;
  }

  /**
   * Without a deadline, as {@link #updatePool}: the engine has its own for workers to start, and
   * keep-alive tells when it is gone.
   */
  @Override
  public void createPool(RuntimePool pool) {
    var request =
        CreatePoolRequest.newBuilder()
            .setRuntimeId(pool.runtimeId())
            .setImage(pool.image())
            .setTrusted(pool.trusted())
            .build();
    translating(() -> pools.createPool(request));
  }

  @Override
  public void updatePool(String runtimeId, String image) {
    var request = UpdatePoolRequest.newBuilder().setRuntimeId(runtimeId).setImage(image).build();
    translating(() -> pools.updatePool(request));
  }

  @Override
  public void deletePool(String runtimeId) {
    var request = DeletePoolRequest.newBuilder().setRuntimeId(runtimeId).build();
    translating(() -> within(LONG, pools).deletePool(request));
  }

  @Override
  public PoolCapacity describePool(String runtimeId) {
    return describe(runtimeId).capacity();
  }

  /**
   * @throws QinlingException NOT_FOUND without such a pool
   */
  public PoolDescription describe(String runtimeId) {
    var request = DescribePoolRequest.newBuilder().setRuntimeId(runtimeId).build();
    var pool = translating(() -> within(SHORT, pools).describePool(request));
    int claimed = pool.hasClaimed() ? pool.getClaimed() : pool.getTotal() - pool.getAvailable();
    return new PoolDescription(
        pool.getImage(),
        new PoolCapacity(pool.getTotal(), pool.getAvailable(), claimed),
        pool.getShared());
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
    var request =
        ScaleUpRequest.newBuilder().setFunction(Messages.spec(function)).setCount(count).build();
    once(WorkersGrpc.getScaleUpMethod(), request, LONG);
  }

  @Override
  public void scaleDown(String functionId, int version, int count) {
    var request =
        ScaleDownRequest.newBuilder()
            .setFunctionId(functionId)
            .setFunctionVersion(version)
            .setCount(count)
            .build();
    once(WorkersGrpc.getScaleDownMethod(), request, SHORT);
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
    try {
      sender.send(PutPackageRequest.newBuilder().setDigest(digest).build(), content);
    } catch (StatusRuntimeException failure) {
      throw GrpcErrors.fromGrpc(failure);
    }
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

  private <Q, A> A once(MethodDescriptor<Q, A> method, Q request, Duration patience) {
    reconnecting.beforeCall();
    var mark = new SentMark();
    var options =
        CallOptions.DEFAULT
            .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
            .withStreamTracerFactory(mark);
    try {
      return ClientCalls.blockingUnaryCall(channel, method, options, request);
    } catch (StatusRuntimeException failure) {
      throw GrpcErrors.isAnswer(failure)
          ? GrpcErrors.fromGrpc(failure)
          : unanswered(failure, mark.isSent());
    }
  }

  /** What it means that the engine itself has not answered. */
  private static QinlingException unanswered(StatusRuntimeException failure, boolean sent) {
    return switch (failure.getStatus().getCode()) {
      case UNAVAILABLE, INTERNAL, UNKNOWN, CANCELLED, DEADLINE_EXCEEDED ->
          sent ? lost(failure) : unreachable(failure);
      default -> GrpcErrors.fromGrpc(failure);
    };
  }

  private static QinlingException unreachable(StatusRuntimeException failure) {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The engine cannot be reached", failure);
  }

  /** Who ends the waiting is not the engine when this service stops. */
  private static QinlingException lost(StatusRuntimeException failure) {
    boolean given = failure.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
    return given || Thread.currentThread().isInterrupted()
        ? new QinlingException(ErrorCode.TIMEOUT, "The engine did not answer in time", failure)
        : new QinlingException(ErrorCode.LOST, "The connection to the engine was lost", failure);
  }
}
