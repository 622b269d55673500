// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import io.qinling.engine.storage.Digests;
import io.qinling.engine.storage.OwnPackages;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStores;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.PeerPackages;
import io.qinling.engine.storage.Peers;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import org.jboss.logging.Logger;

/**
 * The packages of all engines: what comes in is kept here and by one more, what is not here is
 * fetched, and what is deleted goes everywhere.
 */
public final class ReplicatedPackageStore implements PackageStore {
  private static final Logger LOG = Logger.getLogger(ReplicatedPackageStore.class);

  private final String self;
  private final RegisteredPackages own;
  private final PackageHolders holders;
  private final Peers peers;
  private final PeerPackages wire;
  private final PackageCopies copies;
  private final PackageFetches fetches;
  private final PackageRepair repair;
  private final ExecutorService blocking;

  /**
   * @param self the name of this engine
   * @param local what it keeps; nobody else may change it
   * @param repairDelay how long after a change of the engines missing copies are made
   */
  public ReplicatedPackageStore(
      String self,
      OwnPackages local,
      PackageHolders holders,
      Peers peers,
      PeerPackages wire,
      ExecutorService blocking,
      ScheduledExecutorService timer,
      Duration repairDelay) {
    this.self = self;
    this.holders = holders;
    this.peers = peers;
    this.wire = wire;
    this.blocking = blocking;
    this.own = new RegisteredPackages(local, holders, self);
    this.copies = new PackageCopies(own, wire);
    this.fetches = new PackageFetches(self, own, holders, peers, wire);
    this.repair =
        new PackageRepair(own, holders, self, peers, copies, blocking, timer, repairDelay);
  }

  /** Registers what is here, and follows the other engines from now on. */
  public void start() {
    peers.onChange(() -> {
      wire.keepOnly(peers.live());
      repair.soon();
    });
    repair.soon();
  }

  public PackageStores faces() {
    return new PackageStores(this, own);
  }

  @Override
  public Upload upload(String digest) throws IOException {
    var upload = own.upload(digest);
    return new Upload() {
      @Override
      public void write(byte[] bytes) throws IOException {
        upload.write(bytes);
      }

      @Override
      public long commit() throws IOException {
        long size = upload.commit();
        copy(digest);
        return size;
      }

      @Override
      public void close() throws IOException {
        upload.close();
      }
    };
  }

  /** Does not fail: the package is kept, and a copy that cannot be made now is made later. */
  private void copy(String digest) {
    try {
      Set<Peer> candidates = ConcurrentHashMap.newKeySet();
      candidates.addAll(peers.live());
      var known = holders.of(digest);
      if (candidates.stream().anyMatch(peer -> known.contains(peer.name()))
          || copies.send(digest, candidates)) {
        return;
      }
    } catch (IOException | QinlingException failed) {
      LOG.debugf("A package was not copied: digest=%s reason=%s", digest, failed);
    }
    LOG.warnf(
        "A package is kept by this engine alone; start another one, or see why it cannot be"
            + " reached: digest=%s",
        digest);
    // Without any, the first that comes is what calls for the repair.
    if (!peers.live().isEmpty()) {
      repair.soon();
    }
  }

  @Override
  public Optional<StoredPackage> open(String digest) throws IOException {
    var here = own.open(digest);
    return here.isPresent() || !fetches.fetch(digest) ? here : own.open(digest);
  }

  /**
   * @throws QinlingException UNAVAILABLE when it is not known who keeps the package; nothing is
   *     deleted then
   */
  @Override
  public void delete(String digest) throws IOException {
    var away = new HashSet<>(holders.of(Digests.require(digest)));
    away.remove(self);
    // Also those that are not known to keep it: they may be about to tell.
    var told = new ArrayList<CompletableFuture<Void>>();
    for (var peer : peers.live()) {
      away.remove(peer.name());
      told.add(CompletableFuture.runAsync(() -> deleteAt(peer, digest), blocking));
    }
    told.forEach(CompletableFuture::join);
    own.delete(digest);
    holders.forgetAll(digest);
    if (!away.isEmpty()) {
      LOG.infof(
          "A deleted package stays with engines that are away: digest=%s engines=%s", digest, away);
    }
  }

  private void deleteAt(Peer peer, String digest) {
    try {
      wire.delete(peer, digest);
    } catch (QinlingException failed) {
      Failures.log(LOG, "A deleted package may stay with an engine", peer, digest, failed);
    }
  }
}
