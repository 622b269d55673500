// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/**
 * Tells whether a call may have reached the engine: the headers go first, so before they are on the
 * connection nothing else is. gRPC repeats a call by itself only when the engine surely has not
 * seen it; each attempt starts unmarked.
 */
final class SentMark extends ClientStreamTracer.Factory {
  private volatile boolean sent;

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    sent = false;
    return new ClientStreamTracer() {
      @Override
      public void outboundHeaders() {
        sent = true;
      }
    };
  }

  boolean isSent() {
    return sent;
  }
}
