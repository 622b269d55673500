// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Tells whether anything was read, so that the content can still be given to somebody else. */
final class UntouchedStream extends FilterInputStream {
  private boolean touched;

  UntouchedStream(InputStream content) {
    super(content);
  }

  boolean isTouched() {
    return touched;
  }

  @Override
  public int read() throws IOException {
    touched = true;
    return super.read();
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    touched = true;
    return super.read(target, offset, length);
  }
}
