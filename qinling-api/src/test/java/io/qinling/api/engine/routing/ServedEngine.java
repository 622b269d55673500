// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.qinling.engine.v1.CreatePoolRequest;
import io.qinling.engine.v1.CreatePoolResponse;
import io.qinling.engine.v1.DeletePackageRequest;
import io.qinling.engine.v1.DeletePackageResponse;
import io.qinling.engine.v1.DeletePoolRequest;
import io.qinling.engine.v1.DeletePoolResponse;
import io.qinling.engine.v1.DescribePoolRequest;
import io.qinling.engine.v1.DescribePoolResponse;
import io.qinling.engine.v1.ExecuteRequest;
import io.qinling.engine.v1.ExecuteResponse;
import io.qinling.engine.v1.ExecutionsGrpc.ExecutionsImplBase;
import io.qinling.engine.v1.FetchRequest;
import io.qinling.engine.v1.GetPackageRequest;
import io.qinling.engine.v1.GetPackageResponse;
import io.qinling.engine.v1.ListWorkersRequest;
import io.qinling.engine.v1.ListWorkersResponse;
import io.qinling.engine.v1.Outcome;
import io.qinling.engine.v1.PackagesGrpc.PackagesImplBase;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.engine.v1.PutPackageResponse;
import io.qinling.engine.v1.RuntimePoolsGrpc.RuntimePoolsImplBase;
import io.qinling.engine.v1.UpdatePoolRequest;
import io.qinling.engine.v1.UpdatePoolResponse;
import io.qinling.engine.v1.WorkersGrpc.WorkersImplBase;
import io.qinling.error.ErrorCode;
import io.qinling.error.GrpcErrors;
import io.qinling.error.QinlingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;

/** An engine on a port of this host, which does what a test tells it and writes down the calls. */
final class ServedEngine implements AutoCloseable {
  /** Leaves a call without an answer. */
  static final Function<String, ExecuteResponse> SILENCE = id -> null;

  /** Has a call end as one does whose connection broke: without a word of the engine's own. */
  static final class BrokenConnection extends RuntimeException {
    private final Status.Code code;

    BrokenConnection(Status.Code code) {
      this.code = code;
    }
  }

  final List<String> executed = new CopyOnWriteArrayList<>();
  final List<String> fetched = new CopyOnWriteArrayList<>();
  final List<String> poolCalls = new CopyOnWriteArrayList<>();
  final Map<String, String> packages = new ConcurrentHashMap<>();
  volatile Function<String, ExecuteResponse> execute = this::success;
  volatile Function<String, ExecuteResponse> fetch =
      id -> {
        throw new QinlingException(ErrorCode.NOT_FOUND, "This process does not know it");
      };
  volatile Supplier<DescribePoolResponse> describe = DescribePoolResponse::getDefaultInstance;
  volatile Function<String, Boolean> changePool = image -> true;
  private final int port;
  private final Server server;

  private ServedEngine(int port) {
    try {
      server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .addService(new Executions())
              .addService(new Pools())
              .addService(new Workers())
              .addService(new Packages())
              .build()
              .start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    this.port = server.getPort();
  }

  static ServedEngine start() {
    return new ServedEngine(0);
  }

  /** Another process in the place of one that has ended. */
  static ServedEngine restart(ServedEngine ended) {
    ended.close();
    return new ServedEngine(ended.port);
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  EngineNode node(String name) {
    return new EngineNode(name, address(), Optional.of(name + "-1"), false);
  }

  ExecuteResponse success(String id) {
    return ExecuteResponse.newBuilder()
        .setOutcome(Outcome.OUTCOME_SUCCESS)
        .setResultJson("{\"by\": \"" + address() + "\"}")
        .build();
  }

  /** Ends as a killed process does. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static <A> void answer(StreamObserver<A> caller, Supplier<A> source) {
    try {
      var answer = source.get();
      if (answer != null) {
        caller.onNext(answer);
        caller.onCompleted();
      }
    } catch (BrokenConnection broken) {
      caller.onError(broken.code.toStatus().asRuntimeException());
    } catch (RuntimeException refused) {
      caller.onError(GrpcErrors.toGrpc(refused));
    }
  }

  private final class Executions extends ExecutionsImplBase {
    @Override
    public void execute(ExecuteRequest request, StreamObserver<ExecuteResponse> caller) {
      executed.add(request.getExecutionId());
      answer(caller, () -> execute.apply(request.getExecutionId()));
    }

    @Override
    public void fetch(FetchRequest request, StreamObserver<ExecuteResponse> caller) {
      fetched.add(request.getExecutionId());
      answer(caller, () -> fetch.apply(request.getExecutionId()));
    }
  }

  private final class Pools extends RuntimePoolsImplBase {
    @Override
    public void createPool(CreatePoolRequest request, StreamObserver<CreatePoolResponse> caller) {
      poolCalls.add("create " + request.getImage());
      answer(
          caller,
          () ->
              changePool.apply(request.getImage())
                  ? CreatePoolResponse.getDefaultInstance()
                  : null);
    }

    @Override
    public void updatePool(UpdatePoolRequest request, StreamObserver<UpdatePoolResponse> caller) {
      poolCalls.add("update " + request.getImage());
      answer(
          caller,
          () ->
              changePool.apply(request.getImage())
                  ? UpdatePoolResponse.getDefaultInstance()
                  : null);
    }

    @Override
    public void deletePool(DeletePoolRequest request, StreamObserver<DeletePoolResponse> caller) {
      poolCalls.add("delete");
      answer(caller, DeletePoolResponse::getDefaultInstance);
    }

    @Override
    public void describePool(
        DescribePoolRequest request, StreamObserver<DescribePoolResponse> caller) {
      answer(caller, describe);
    }
  }

  private static final class Workers extends WorkersImplBase {
    @Override
    public void listWorkers(
        ListWorkersRequest request, StreamObserver<ListWorkersResponse> caller) {
      answer(caller, ListWorkersResponse::getDefaultInstance);
    }
  }

  private final class Packages extends PackagesImplBase {
    @Override
    public StreamObserver<PutPackageRequest> putPackage(StreamObserver<PutPackageResponse> caller) {
      return new StreamObserver<>() {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private String digest;

        @Override
        public void onNext(PutPackageRequest part) {
          if (part.hasDigest()) {
            digest = part.getDigest();
          }
          content.writeBytes(part.getData().toByteArray());
        }

        @Override
        public void onError(Throwable cancelled) {}

        @Override
        public void onCompleted() {
          packages.put(digest, content.toString(UTF_8));
          answer(caller, PutPackageResponse::getDefaultInstance);
        }
      };
    }

    @Override
    public void getPackage(GetPackageRequest request, StreamObserver<GetPackageResponse> caller) {
      answer(
          caller,
          () -> {
            var content = packages.get(request.getDigest());
            if (content == null) {
              throw new QinlingException(ErrorCode.NOT_FOUND, "No such package");
            }
            return GetPackageResponse.newBuilder()
                .setData(ByteString.copyFromUtf8(content))
                .build();
          });
    }

    @Override
    public void deletePackage(
        DeletePackageRequest request, StreamObserver<DeletePackageResponse> caller) {
      packages.remove(request.getDigest());
      answer(caller, DeletePackageResponse::getDefaultInstance);
    }
  }
}
