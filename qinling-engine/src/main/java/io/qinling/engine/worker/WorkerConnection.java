// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A kept-alive connection to a worker. It carries one exchange at a time; who uses it sees to that,
 * as the holder of a slot does.
 */
final class WorkerConnection implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  private final Channel channel;

  WorkerConnection(Channel channel) {
    this.channel = channel;
  }

  /**
   * Runs the action when the connection ends, at once if it has. On the connection's event loop.
   */
  void onClose(Runnable action) {
    channel.closeFuture().addListener(closed -> action.run());
  }

  /**
   * Sends a whole request. Never blocks.
   *
   * @param patience after this time without an answer the connection is closed
   * @return the answer, on the connection's event loop, or a {@link WorkerLostException}
   */
  CompletableFuture<Reply> send(HttpRequest request, Duration patience) {
    return begin(request, patience);
  }

  /**
   * Sends a request with a long body, and returns when it is on its way. Blocks.
   *
   * @return as {@link #send}
   */
  CompletableFuture<Reply> stream(HttpRequest head, InputStream body, Duration patience)
      throws IOException {
    var reply = begin(head, patience);
    for (var chunk = body.readNBytes(CHUNK); chunk.length > 0; chunk = body.readNBytes(CHUNK)) {
      var sent = channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(chunk)));
      if (!sent.awaitUninterruptibly().isSuccess() || reply.isDone()) {
        break;
      }
    }
    // The worker may have answered already, but the connection is ready for the next request only
    // after this.
    channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    return reply;
  }

  /**
   * As {@link #send(HttpRequest, Duration)}, and calls the action once when there is no answer
   * after a shorter time.
   */
  CompletableFuture<Reply> send(
      HttpRequest request, Duration overdue, Runnable onOverdue, Duration patience) {
    var reply = write(request);
    unlessAnswered(
        reply,
        overdue,
        () -> {
          onOverdue.run();
          unlessAnswered(reply, patience.minus(overdue), this::close);
        });
    return reply;
  }

  private CompletableFuture<Reply> begin(HttpRequest request, Duration patience) {
    var reply = write(request);
    unlessAnswered(reply, patience, this::close);
    return reply;
  }

  private void unlessAnswered(CompletableFuture<Reply> reply, Duration patience, Runnable action) {
    var watch =
        channel
            .eventLoop()
            .schedule(() -> action.run(), patience.toMillis(), TimeUnit.MILLISECONDS);
    reply.whenComplete((answer, failure) -> watch.cancel(false));
  }

  private CompletableFuture<Reply> write(HttpRequest request) {
    var reply = new CompletableFuture<Reply>();
    if (!channel.isActive()) {
      reply.completeExceptionally(WorkerLostException.beforeSending());
      return reply;
    }
    channel
        .writeAndFlush(new Exchange(request, reply))
        .addListener(sent -> {
          if (!sent.isSuccess()) {
            reply.completeExceptionally(
                new WorkerLostException("The worker cannot be written to", sent.cause()));
          }
        });
    return reply;
  }

  @Override
  public void close() {
    channel.close();
  }
}
