// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import io.qinling.engine.storage.PackageStore.Upload;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/**
 * What engines ask of each other. Safe for use by any thread; methods block, each for a limited
 * time. A {@link QinlingException} is a failure of the peer or of the way to it, an {@link
 * IOException} one of this engine.
 */
public interface PeerPackages {
  /** Returns when the peer keeps the package durably. */
  void put(Peer peer, String digest, InputStream content) throws IOException;

  /**
   * Writes what the peer sends, and leaves the commit to the caller.
   *
   * @return false when the peer does not have the package
   */
  boolean fetch(Peer peer, String digest, Upload into) throws IOException;

  void delete(Peer peer, String digest);

  /** Gives up the connections to all others, as soon as their calls have ended. */
  void keepOnly(Set<Peer> live);
}
