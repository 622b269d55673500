// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Keeps packages under the SHA-256 of their bytes, in lower-case hexadecimal. Equal bytes are kept
 * once. Methods may block and may be called at the same time.
 */
public interface PackageStore {
  /**
   * Begins to take a package in. Nothing is visible before {@link Upload#commit}.
   *
   * @throws QinlingException INVALID_INPUT when the digest is not one
   */
  Upload upload(String digest) throws IOException;

  /**
   * @throws QinlingException INVALID_INPUT when the digest is not one
   */
  Optional<StoredPackage> open(String digest) throws IOException;

  /**
   * Deletes a package; does nothing when there is none. Readers that have it open read it to its
   * end.
   */
  void delete(String digest) throws IOException;

  /**
   * A package on its way in, used by one thread at a time. Closing it before the commit leaves no
   * trace.
   */
  interface Upload extends AutoCloseable {
    /**
     * @throws QinlingException TOO_LARGE when the package is longer than the operator allows
     */
    void write(byte[] bytes) throws IOException;

    /**
     * Makes the package durable and visible, at once and whole.
     *
     * @return its size in bytes
     * @throws QinlingException INVALID_INPUT when the bytes do not have the digest
     */
    long commit() throws IOException;

    @Override
    void close() throws IOException;
  }

  /**
   * A package that is being read.
   *
   * @param size bytes of the whole package
   * @param content read and closed by the receiver
   */
  record StoredPackage(long size, InputStream content) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      content.close();
    }
  }
}
