// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.qinling.credentials.SharedSecret;
import io.qinling.engine.config.Threads;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.Peers;
import io.qinling.engine.storage.local.LocalPackageStore;
import io.qinling.engine.storage.replicated.ReplicatedPackageStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;

/** As much of an engine as keeps packages, listening on a port of its own. */
final class PackageEngine implements AutoCloseable {
  private static final int MAX_BYTES = 2 * 1024 * 1024;

  final String name;
  final Path folder;
  final LocalPackageStore local;
  final ReplicatedPackageStore store;
  final GrpcPeerPackages wire;
  private final Threads threads =
      new Threads(
          Executors.newVirtualThreadPerTaskExecutor(),
          // What is asked of a killed engine does not happen.
          new ScheduledThreadPoolExecutor(1, new ThreadPoolExecutor.DiscardPolicy()));
  private final Server server;
  private final Peer asPeer;

  /**
   * @param port 0 for any
   */
  PackageEngine(
      int port,
      String name,
      Path folder,
      String secret,
      PackageHolders holders,
      Peers peers,
      Duration repairDelay)
      throws IOException {
    this.name = name;
    this.folder = folder;
    this.local = new LocalPackageStore(folder, MAX_BYTES);
    this.wire = new GrpcPeerPackages(new SharedSecret(secret));
    this.store =
        new ReplicatedPackageStore(
            name, local, holders, peers, wire, threads.blocking(), threads.timer(), repairDelay);
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .addService(
                ServerInterceptors.intercept(
                    new PackagesEndpoint(store.faces(), threads), new SharedSecret(secret)))
            .build()
            .start();
    this.asPeer = new Peer(name, "127.0.0.1:" + server.getPort());
  }

  Peer asPeer() {
    return asPeer;
  }

  Path file(String digest) {
    return folder.resolve(digest.substring(0, 2)).resolve(digest + ".zip");
  }

  int port() {
    return Integer.parseInt(asPeer.address().substring(asPeer.address().indexOf(':') + 1));
  }

  /** As if it were killed. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    wire.close();
    threads.timer().shutdownNow();
    threads.blocking().shutdownNow();
  }
}
