// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import static java.util.Comparator.comparing;

import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.PeerPackages;
import io.qinling.engine.storage.Peers;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jboss.logging.Logger;

/** Gets packages that are lacking here from the engines that have them, each once at a time. */
final class PackageFetches {
  private static final Logger LOG = Logger.getLogger(PackageFetches.class);

  private final String self;
  private final PackageStore own;
  private final PackageHolders holders;
  private final Peers peers;
  private final PeerPackages wire;
  private final ConcurrentMap<String, CompletableFuture<Boolean>> underWay =
      new ConcurrentHashMap<>();

  PackageFetches(
      String self, PackageStore own, PackageHolders holders, Peers peers, PeerPackages wire) {
    this.self = self;
    this.own = own;
    this.holders = holders;
    this.peers = peers;
    this.wire = wire;
  }

  /**
   * Keeps the package here, if any engine has it.
   *
   * @return false when it does not exist
   * @throws QinlingException UNAVAILABLE when engines that may have it cannot be reached
   * @throws IOException when it cannot be written here
   */
  boolean fetch(String digest) throws IOException {
    var mine = new CompletableFuture<Boolean>();
    var earlier = underWay.putIfAbsent(digest, mine);
    if (earlier != null) {
      return await(earlier);
    }
    try {
      boolean found = fetchAlone(digest);
      mine.complete(found);
      return found;
    } catch (IOException | RuntimeException failed) {
      mine.completeExceptionally(failed);
      throw failed;
    } finally {
      underWay.remove(digest, mine);
    }
  }

  private static boolean await(CompletableFuture<Boolean> fetch) throws IOException {
    try {
      return fetch.join();
    } catch (CompletionException failed) {
      switch (failed.getCause()) {
        case IOException unwritable -> throw new IOException(unwritable.getMessage(), unwritable);
        case RuntimeException refused -> throw refused;
        default -> throw failed;
      }
    }
  }

  private boolean fetchAlone(String digest) throws IOException {
    if (isHere(digest)) {
      return true;
    }
    var maybeThere = holders(digest);
    boolean unsure = maybeThere.isEmpty();
    var known = maybeThere.orElse(Set.of());
    var live = peers.live();
    var unasked = new HashSet<>(known);
    unasked.remove(self);
    for (var peer :
        live.stream().sorted(comparing(each -> !known.contains(each.name()))).toList()) {
      var answer = fetchFrom(peer, digest);
      if (answer == Answer.KEPT) {
        return true;
      }
      if (answer == Answer.FAILED) {
        unsure = true;
      } else {
        unasked.remove(peer.name());
      }
    }
    if (unsure || !unasked.isEmpty()) {
      LOG.warnf(
          "A package cannot be had from any engine; those that keep it must be started: digest=%s"
              + " kept_by=%s live=%s",
          digest, known, live);
      throw new QinlingException(
          ErrorCode.UNAVAILABLE, "The engines that keep the package cannot be reached");
    }
    return false;
  }

  /** An earlier fetch may have ended just before this one began. */
  private boolean isHere(String digest) throws IOException {
    try (var stored = own.open(digest).orElse(null)) {
      return stored != null;
    }
  }

  /** Empty when it is not known. */
  private Optional<Set<String>> holders(String digest) {
    try {
      return Optional.of(holders.of(digest));
    } catch (QinlingException away) {
      return Optional.empty();
    }
  }

  private enum Answer {
    KEPT,
    ABSENT,
    FAILED
  }

  private Answer fetchFrom(Peer peer, String digest) throws IOException {
    try (var upload = own.upload(digest)) {
      if (!wire.fetch(peer, digest, upload)) {
        return Answer.ABSENT;
      }
      long size = upload.commit();
      LOG.infof("A package was fetched: digest=%s size=%d engine=%s", digest, size, peer.name());
      return Answer.KEPT;
    } catch (QinlingException failed) {
      Failures.log(LOG, "A package cannot be had from an engine", peer, digest, failed);
      return Answer.FAILED;
    }
  }
}
