// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;

/**
 * Matches answers with requests on one connection, which carries one exchange at a time. Used by
 * the connection's event loop only.
 */
final class ExchangeHandler extends ChannelDuplexHandler {
  private CompletableFuture<Reply> awaited;

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof Exchange exchange) {
      awaited = exchange.reply();
      context.write(exchange.request(), promise);
    } else {
      context.write(message, promise);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      var response = (FullHttpResponse) message;
      var reply = awaited;
      awaited = null;
      if (reply == null) {
        context.close();
      } else {
        reply.complete(
            new Reply(response.status().code(), ByteBufUtil.getBytes(response.content())));
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(cause);
    context.close();
  }

  private void fail(Throwable cause) {
    if (awaited != null) {
      awaited.completeExceptionally(
          new WorkerLostException("The connection to the worker was lost", cause));
      awaited = null;
    }
  }
}
