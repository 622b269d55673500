// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.stub.StreamObserver;
import io.qinling.engine.storage.PackageStore.Upload;
import io.qinling.engine.storage.PackageStores;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.engine.v1.PutPackageResponse;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import org.jboss.logging.Logger;

/** Takes one package in, message by message, on worker threads and one message at a time. */
final class PackageReceiver implements StreamObserver<PutPackageRequest> {
  private static final Logger LOG = Logger.getLogger(PackageReceiver.class);

  private final PackageStores packages;
  private final StreamObserver<PutPackageResponse> caller;
  private Upload upload;
  private boolean answered;

  PackageReceiver(PackageStores packages, StreamObserver<PutPackageResponse> caller) {
    this.packages = packages;
    this.caller = caller;
  }

  @Override
  public void onNext(PutPackageRequest message) {
    if (answered) {
      return;
    }
    try {
      switch (message.getPartCase()) {
        case DIGEST -> begin(message);
        case DATA -> current().write(message.getData().toByteArray());
        case PART_NOT_SET -> throw misused("A message has neither digest nor data");
      }
    } catch (IOException | RuntimeException failure) {
      refuse(failure);
    }
  }

  private void begin(PutPackageRequest first) throws IOException {
    if (upload != null) {
      throw misused("The digest was sent twice");
    }
    upload = (first.getFromPeer() ? packages.own() : packages.shared()).upload(first.getDigest());
  }

  private Upload current() {
    if (upload == null) {
      throw misused("The digest must be sent first");
    }
    return upload;
  }

  private static QinlingException misused(String how) {
    return new QinlingException(ErrorCode.INVALID_INPUT, how);
  }

  @Override
  public void onCompleted() {
    if (answered) {
      return;
    }
    try {
      long size = current().commit();
      discard();
      answered = true;
      Replies.answer(caller, PutPackageResponse.newBuilder().setSize(size).build());
    } catch (IOException | RuntimeException failure) {
      refuse(failure);
    }
  }

  @Override
  public void onError(Throwable cancelled) {
    answered = true;
    discard();
  }

  private void refuse(Exception failure) {
    answered = true;
    discard();
    Replies.refuse(caller, StoreFailures.explain(failure));
  }

  private void discard() {
    if (upload == null) {
      return;
    }
    try {
      upload.close();
    } catch (IOException failed) {
      LOG.warn("What was received of a package cannot be removed", failed);
    }
  }
}
