// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStore.Upload;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.PeerPackages;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Engines that call each other without a network. */
final class MemoryNetwork implements PeerPackages {
  private final Map<String, PackageStore> stores = new ConcurrentHashMap<>();
  final AtomicInteger fetches = new AtomicInteger();
  final CountDownLatch fetching = new CountDownLatch(1);
  volatile CountDownLatch gate = new CountDownLatch(0);

  Peer add(String name, PackageStore own) {
    stores.put(name, own);
    return new Peer(name, name);
  }

  private PackageStore at(Peer peer) {
    var store = stores.get(peer.address());
    if (store == null) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "away");
    }
    return store;
  }

  @Override
  public void put(Peer peer, String digest, InputStream content) throws IOException {
    try (var upload = at(peer).upload(digest)) {
      upload.write(content.readAllBytes());
      upload.commit();
    }
  }

  @Override
  public boolean fetch(Peer peer, String digest, Upload into) throws IOException {
    fetches.incrementAndGet();
    fetching.countDown();
    try {
      gate.await();
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
    try (var stored = at(peer).open(digest).orElse(null)) {
      if (stored == null) {
        return false;
      }
      into.write(stored.content().readAllBytes());
      return true;
    }
  }

  @Override
  public void delete(Peer peer, String digest) {
    try {
      at(peer).delete(digest);
    } catch (IOException failed) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, failed.getMessage());
    }
  }

  @Override
  public void keepOnly(Set<Peer> live) {}
}
