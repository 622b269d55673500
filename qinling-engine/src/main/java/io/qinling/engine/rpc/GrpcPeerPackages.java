// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.qinling.credentials.SharedSecret;
import io.qinling.engine.storage.PackageStore.Upload;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.PeerPackages;
import io.qinling.engine.v1.DeletePackageRequest;
import io.qinling.engine.v1.GetPackageRequest;
import io.qinling.engine.v1.GetPackageResponse;
import io.qinling.engine.v1.PackagesGrpc;
import io.qinling.engine.v1.PutPackageRequest;
import io.qinling.error.ErrorCode;
import io.qinling.error.GrpcErrors;
import io.qinling.error.QinlingException;
import io.qinling.packages.PackageSender;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Calls the {@link PackagesEndpoint} of other engines. */
@Singleton
public class GrpcPeerPackages implements PeerPackages {
  private static final Logger LOG = Logger.getLogger(GrpcPeerPackages.class);

  /** The largest package, at 1 MiB a second. */
  private static final Duration TRANSFER = Duration.ofSeconds(60);

  /** Several times what it takes; callers of a deletion wait for it. */
  private static final Duration DELETION = Duration.ofSeconds(4);

  private final PeerChannels channels;
  private final Set<String> strangers = ConcurrentHashMap.newKeySet();

  GrpcPeerPackages(SharedSecret secret) {
    this.channels = new PeerChannels(secret);
  }

  @Override
  public void put(Peer peer, String digest, InputStream content) throws IOException {
    var sender = new PackageSender();
    PackagesGrpc.newStub(channels.to(peer.address()))
        .withDeadlineAfter(TRANSFER.toMillis(), TimeUnit.MILLISECONDS)
        .putPackage(sender);
    try {
      sender.send(
          PutPackageRequest.newBuilder().setDigest(digest).setFromPeer(true).build(), content);
    } catch (StatusRuntimeException failed) {
      throw explain(peer, failed);
    }
  }

  @Override
  public boolean fetch(Peer peer, String digest, Upload into) throws IOException {
    var request = GetPackageRequest.newBuilder().setDigest(digest).setFromPeer(true).build();
    var call = Context.current().withCancellation();
    var outer = call.attach();
    try {
      write(
          PackagesGrpc.newBlockingStub(channels.to(peer.address()))
              .withDeadlineAfter(TRANSFER.toMillis(), TimeUnit.MILLISECONDS)
              .getPackage(request),
          into);
      return true;
    } catch (StatusRuntimeException failed) {
      if (failed.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return false;
      }
      throw explain(peer, failed);
    } finally {
      call.detach(outer);
      call.cancel(null);
    }
  }

  private static void write(Iterator<GetPackageResponse> chunks, Upload into) throws IOException {
    while (chunks.hasNext()) {
      into.write(chunks.next().getData().toByteArray());
    }
  }

  @Override
  public void delete(Peer peer, String digest) {
    var request = DeletePackageRequest.newBuilder().setDigest(digest).setFromPeer(true).build();
    try {
      var _ =
          PackagesGrpc.newBlockingStub(channels.to(peer.address()))
              .withDeadlineAfter(DELETION.toMillis(), TimeUnit.MILLISECONDS)
              .deletePackage(request);
    } catch (StatusRuntimeException failed) {
      throw explain(peer, failed);
    }
  }

  private QinlingException explain(Peer peer, StatusRuntimeException failed) {
    if (failed.getStatus().getCode() != Status.Code.UNAUTHENTICATED) {
      return GrpcErrors.fromGrpc(failed);
    }
    if (strangers.add(peer.address())) {
      LOG.errorf(
          "Another engine has another [engine] secret and keeps no packages for this one; set the"
              + " same in all: engine=%s address=%s",
          peer.name(), peer.address());
    }
    return new QinlingException(
        ErrorCode.UNAUTHENTICATED, "The engine has another [engine] secret", failed);
  }

  @Override
  public void keepOnly(Set<Peer> live) {
    var addresses = live.stream().map(Peer::address).collect(toUnmodifiableSet());
    channels.keepOnly(addresses);
    strangers.retainAll(addresses);
  }

  int connections() {
    return channels.count();
  }

  @PreDestroy
  void close() {
    channels.close();
  }
}
