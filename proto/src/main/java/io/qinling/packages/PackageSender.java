// SPDX-License-Identifier: Apache-2.0
package io.qinling.packages;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.engine.v1.PutPackageResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * Sends one package no faster than the engine takes it, so that a large one costs no memory. It is
 * the observer that {@code PackagesStub.putPackage} is called with, before {@link #send}.
 */
public final class PackageSender
    implements ClientResponseObserver<PutPackageRequest, PutPackageResponse> {
  private static final int CHUNK = 64 * 1024;

  private final CompletableFuture<PutPackageResponse> stored = new CompletableFuture<>();
  private final Semaphore wakeUp = new Semaphore(0);
  private ClientCallStreamObserver<PutPackageRequest> call;

  @Override
  public void beforeStart(ClientCallStreamObserver<PutPackageRequest> started) {
    call = started;
    call.setOnReadyHandler(wakeUp::release);
  }

  /**
   * Blocks until the engine has the package durably, or has refused it. Of the content nothing is
   * read before there is a connection to send it on.
   *
   * @param head all of the request but the content
   * @throws IOException when the content cannot be read; the call is cancelled then
   * @throws io.grpc.StatusRuntimeException when the engine refuses it or cannot be reached
   */
  public void send(PutPackageRequest head, InputStream content) throws IOException {
    try {
      call.onNext(head);
      var more = true;
      while (more && awaitReady()) {
        var chunk = content.readNBytes(CHUNK);
        more = chunk.length > 0;
        if (more) {
          call.onNext(PutPackageRequest.newBuilder().setData(ByteString.copyFrom(chunk)).build());
        }
      }
      if (!stored.isDone()) {
        call.onCompleted();
      }
    } catch (IOException unreadable) {
      call.cancel("The package cannot be read", unreadable);
      throw unreadable;
    }
    try {
      stored.join();
    } catch (CompletionException failed) {
      throw Status.fromThrowable(failed).asRuntimeException(Status.trailersFromThrowable(failed));
    }
  }

  /** False when the engine has already answered. */
  private boolean awaitReady() {
    while (!call.isReady() && !stored.isDone()) {
      wakeUp.acquireUninterruptibly();
    }
    return !stored.isDone();
  }

  @Override
  public void onNext(PutPackageResponse response) {
    stored.complete(response);
  }

  @Override
  public void onError(Throwable failure) {
    stored.completeExceptionally(failure);
    wakeUp.release();
  }

  @Override
  public void onCompleted() {
    stored.completeExceptionally(
        Status.INTERNAL
            .withDescription("The engine did not say that it has the package")
            .asRuntimeException());
    wakeUp.release();
  }
}
