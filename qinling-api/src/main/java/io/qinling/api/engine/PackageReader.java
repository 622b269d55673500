// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.grpc.StatusRuntimeException;
import io.qinling.engine.v1.GetPackageResponse;
import io.qinling.error.GrpcErrors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Objects;

/** Reads a package from the messages that carry it. */
final class PackageReader extends InputStream {
  private final Iterator<GetPackageResponse> messages;
  private final Runnable whenClosed;
  private ByteBuffer current = ByteBuffer.allocate(0);

  PackageReader(Iterator<GetPackageResponse> messages, Runnable whenClosed) {
    this.messages = messages;
    this.whenClosed = whenClosed;
  }

  /** Tells the engine that nobody reads on. */
  @Override
  public void close() {
    whenClosed.run();
  }

  @Override
  public int read() throws IOException {
    return advance() ? Byte.toUnsignedInt(current.get()) : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (!advance()) {
      return -1;
    }
    int count = Math.min(length, current.remaining());
    current.get(target, offset, count);
    return count;
  }

  private boolean advance() throws IOException {
    try {
      while (!current.hasRemaining()) {
        if (!messages.hasNext()) {
          return false;
        }
        current = messages.next().getData().asReadOnlyByteBuffer();
      }
      return true;
    } catch (StatusRuntimeException failure) {
      throw new IOException(GrpcErrors.fromGrpc(failure));
    }
  }
}
