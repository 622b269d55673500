// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerProtocol;
import io.qinling.engine.storage.PackageStore.StoredPackage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Makes connections to workers and loads functions into them. Safe for use by any thread. */
public final class WorkerClient {
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(3);
  private static final int STATUS_OK = 200;
  private static final int STATUS_CANNOT_LOAD = 422;

  private final Bootstrap bootstrap;
  private final WorkerLimits limits;
  private final Version1Client version1;

  /**
   * @param eventLoops that answers arrive on; a loop that is shared with the server of the calls
   *     saves a change of threads for each call
   * @param links for workers that fetch their package themselves
   */
  public WorkerClient(EventLoopGroup eventLoops, WorkerLimits limits, PackageLinks links) {
    this.limits = limits;
    this.bootstrap =
        new Bootstrap()
            .group(eventLoops)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_PATIENCE.toMillis())
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpClientCodec())
                        .addLast(new HttpObjectAggregator(limits.maxReplyBytes()))
                        .addLast(new ExchangeHandler());
                  }
                });
    this.version1 = new Version1Client(this, limits, links);
  }

  /**
   * Loads a function into a worker and connects a slot for each execution it may run at a time.
   * Blocks.
   *
   * @param onOverdue called when an execution has not ended some time after its timeout; must not
   *     block
   * @throws FunctionLoadException when the function's code cannot be loaded
   * @throws WorkerLostException when the worker does not answer, or not as the protocol says
   */
  public LoadedWorker load(
      Worker worker, FunctionVersion function, StoredPackage code, int slots, Runnable onOverdue)
      throws IOException {
    if (worker.protocol() == WorkerProtocol.VERSION_1) {
      return version1.load(worker, function, slots);
    }
    var connections = connect(worker, slots);
    try {
      var reply =
          connections.getFirst().stream(
                  WorkerRequests.load(worker, function, code.size(), limits),
                  code.content(),
                  limits.loadTimeout().plus(limits.grace()))
              .join();
      requireLoaded(reply);
      return new ConnectedWorker(worker, function.key(), this, connections, limits, onOverdue);
    } catch (CompletionException failed) {
      connections.forEach(WorkerConnection::close);
      throw lost(failed);
    } catch (IOException | RuntimeException failed) {
      connections.forEach(WorkerConnection::close);
      throw failed;
    }
  }

  /**
   * Connects to a worker that another engine has loaded, and makes sure that it has the function;
   * one of version 1 cannot tell. Blocks.
   *
   * @param onOverdue as for {@link #load}
   * @throws WorkerLostException when the worker does not answer, or has something else
   */
  public LoadedWorker adopt(
      Worker worker, FunctionVersion function, int slots, Runnable onOverdue) {
    if (worker.protocol() == WorkerProtocol.VERSION_1) {
      return version1.adopt(worker, function, slots);
    }
    var connections = connect(worker, slots);
    try {
      var reply =
          connections.getFirst().send(WorkerRequests.describe(worker), limits.grace()).join();
      if (reply.status() != STATUS_OK || !ReplyParser.describes(reply.body(), function)) {
        throw new WorkerLostException("The worker has not the function loaded", null);
      }
      return new ConnectedWorker(worker, function.key(), this, connections, limits, onOverdue);
    } catch (CompletionException failed) {
      connections.forEach(WorkerConnection::close);
      throw lost(failed);
    } catch (RuntimeException failed) {
      connections.forEach(WorkerConnection::close);
      throw failed;
    }
  }

  private static void requireLoaded(Reply reply) {
    switch (reply.status()) {
      case STATUS_OK -> {}
      case STATUS_CANNOT_LOAD -> throw ReplyParser.loadFailure(reply.body());
      default ->
          throw new WorkerLostException(
              "The worker answered " + reply.status() + " when it should load a function", null);
    }
  }

  private List<WorkerConnection> connect(Worker worker, int count) {
    var pending = new ArrayList<CompletableFuture<WorkerConnection>>();
    for (int i = 0; i < count; i++) {
      pending.add(connect(worker));
    }
    try {
      return pending.stream().map(CompletableFuture::join).toList();
    } catch (CompletionException failed) {
      pending.forEach(connection -> connection.thenAccept(WorkerConnection::close));
      throw lost(failed);
    }
  }

  /** A further connection, for what must not wait for a slot. Never blocks. */
  CompletableFuture<WorkerConnection> connect(Worker worker) {
    var connection = new CompletableFuture<WorkerConnection>();
    var attempt = bootstrap.connect(worker.address());
    Channel channel = attempt.channel();
    attempt.addListener(connected -> {
      if (connected.isSuccess()) {
        connection.complete(new WorkerConnection(channel));
      } else {
        connection.completeExceptionally(
            new WorkerLostException("The worker cannot be reached", connected.cause()));
      }
    });
    return connection;
  }

  private static RuntimeException lost(CompletionException failed) {
    return failed.getCause() instanceof RuntimeException cause ? cause : failed;
  }
}
