// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.qinling.engine.config.Threads;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStore.StoredPackage;
import io.qinling.engine.storage.PackageStores;
import io.qinling.engine.v1.DeletePackageRequest;
import io.qinling.engine.v1.DeletePackageResponse;
import io.qinling.engine.v1.GetPackageRequest;
import io.qinling.engine.v1.GetPackageResponse;
import io.qinling.engine.v1.PackagesGrpc.PackagesImplBase;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.engine.v1.PutPackageResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;

/** The calls that carry packages. */
@GrpcService
public class PackagesEndpoint extends PackagesImplBase {
  private static final int CHUNK = 64 * 1024;

  private final PackageStores packages;
  private final ExecutorService blocking;

  PackagesEndpoint(PackageStores packages, Threads threads) {
    this.packages = packages;
    this.blocking = threads.blocking();
  }

  @Override
  @Blocking
  public StreamObserver<PutPackageRequest> putPackage(StreamObserver<PutPackageResponse> caller) {
    return new PackageReceiver(packages, caller);
  }

  @Override
  public void getPackage(GetPackageRequest request, StreamObserver<GetPackageResponse> caller) {
    var receiver = (ServerCallStreamObserver<GetPackageResponse>) caller;
    var wakeUp = new Semaphore(0);
    receiver.setOnReadyHandler(wakeUp::release);
    receiver.setOnCancelHandler(wakeUp::release);
    blocking.execute(() -> {
      try (var stored =
          store(request.getFromPeer())
              .open(request.getDigest())
              .orElseThrow(() -> new QinlingException(ErrorCode.NOT_FOUND, "No such package"))) {
        send(stored, receiver, wakeUp);
      } catch (IOException | RuntimeException failure) {
        Replies.refuse(caller, StoreFailures.explain(failure));
      }
    });
  }

  private PackageStore store(boolean peerAsks) {
    return peerAsks ? packages.own() : packages.shared();
  }

  /** Sends no faster than the receiver takes it, so that a slow one costs no memory. */
  private static void send(
      StoredPackage stored, ServerCallStreamObserver<GetPackageResponse> receiver, Semaphore wakeUp)
      throws IOException {
    while (!receiver.isCancelled()) {
      if (!receiver.isReady()) {
        wakeUp.acquireUninterruptibly();
        continue;
      }
      var chunk = stored.content().readNBytes(CHUNK);
      if (chunk.length == 0) {
        receiver.onCompleted();
        return;
      }
      receiver.onNext(GetPackageResponse.newBuilder().setData(ByteString.copyFrom(chunk)).build());
    }
  }

  @Override
  public void deletePackage(
      DeletePackageRequest request, StreamObserver<DeletePackageResponse> caller) {
    Replies.blocking(
        blocking,
        caller,
        () -> {
          try {
            store(request.getFromPeer()).delete(request.getDigest());
            return DeletePackageResponse.getDefaultInstance();
          } catch (IOException failure) {
            throw StoreFailures.explain(failure);
          }
        });
  }
}
