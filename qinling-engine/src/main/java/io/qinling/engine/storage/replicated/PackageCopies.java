// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.qinling.engine.storage.Digests;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.PeerPackages;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/** Sends packages that are kept here to other engines. */
final class PackageCopies {
  private static final Logger LOG = Logger.getLogger(PackageCopies.class);

  private final PackageStore own;
  private final PeerPackages wire;

  PackageCopies(PackageStore own, PeerPackages wire) {
    this.own = own;
    this.wire = wire;
  }

  /**
   * Sends a package to one peer; when that fails, to the next.
   *
   * @param candidates loses those that cannot be reached or take nothing; safe for all threads that
   *     use it
   * @return whether the package needs no further copy, as one that was deleted meanwhile
   */
  boolean send(String digest, Set<Peer> candidates) throws IOException {
    for (var peer : inOrder(digest, candidates)) {
      try (var stored = own.open(digest).orElse(null)) {
        if (stored == null) {
          return true;
        }
        wire.put(peer, digest, stored.content());
        return true;
      } catch (QinlingException failed) {
        if (failed.code() != ErrorCode.INVALID_INPUT && failed.code() != ErrorCode.TOO_LARGE) {
          candidates.remove(peer);
        }
        Failures.log(LOG, "An engine did not take the copy of a package", peer, digest, failed);
      }
    }
    return false;
  }

  /** Another order for each package, so that every peer gets its part of them. */
  private static List<Peer> inOrder(String digest, Collection<Peer> peers) {
    return peers.stream()
        .sorted(Comparator.comparing(peer -> weight(digest, peer), Arrays::compareUnsigned))
        .toList();
  }

  private static byte[] weight(String digest, Peer peer) {
    return Digests.sha256().digest((digest + peer.name()).getBytes(UTF_8));
  }
}
