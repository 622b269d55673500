// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A way to a server, by a port of this host, that can be cut. */
final class Link implements AutoCloseable {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final URI target;
  private final int port;
  private ServerSocket listener;
  private volatile CompletableFuture<Void> open = CompletableFuture.completedFuture(null);

  Link(String target) throws IOException {
    this.target = URI.create(target);
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.port = listener.getLocalPort();
    threads.execute(() -> accept(listener));
  }

  String url() {
    return "https://127.0.0.1:" + port;
  }

  /** Nobody listens, and what was open is closed. */
  void refuse() throws IOException {
    listener.close();
    for (var socket : sockets) {
      socket.close();
    }
  }

  /** No byte passes, and nobody is told. */
  void silence() {
    open = new CompletableFuture<>();
  }

  /** Those that were silent are lost, as to a firewall that has forgotten them. */
  void forget() {
    sockets.clear();
    open.complete(null);
  }

  /** After {@link #refuse}. */
  void listen() throws IOException {
    listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    threads.execute(() -> accept(listener));
  }

  private void accept(ServerSocket from) {
    try {
      while (true) {
        var client = from.accept();
        var server = new Socket(target.getHost(), target.getPort());
        sockets.add(client);
        sockets.add(server);
        threads.execute(() -> pass(client, server));
        threads.execute(() -> pass(server, client));
      }
    } catch (IOException _) {
      // It was closed.
    }
  }

  private void pass(Socket from, Socket to) {
    var buffer = new byte[65_536];
    try (from;
        to) {
      for (int n = from.getInputStream().read(buffer);
          n >= 0;
          n = from.getInputStream().read(buffer)) {
        open.join();
        if (!sockets.contains(from)) {
          Thread.sleep(Long.MAX_VALUE);
        }
        to.getOutputStream().write(buffer, 0, n);
      }
    } catch (IOException | InterruptedException _) {
      // Either end has gone.
    }
  }

  @Override
  public void close() throws IOException {
    refuse();
    threads.shutdownNow();
  }
}
