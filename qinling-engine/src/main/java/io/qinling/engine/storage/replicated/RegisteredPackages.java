// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import io.qinling.engine.storage.OwnPackages;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * What this engine keeps, with its name among the holders of each package. A package that cannot be
 * recorded is not kept.
 */
final class RegisteredPackages implements OwnPackages {
  private static final Logger LOG = Logger.getLogger(RegisteredPackages.class);
  private static final int LOCKS = 64;

  private final OwnPackages local;
  private final PackageHolders holders;
  private final String self;

  /** Each for some digests: a package and its record change together. */
  private final ReentrantLock[] locks =
      Stream.generate(ReentrantLock::new).limit(LOCKS).toArray(ReentrantLock[]::new);

  RegisteredPackages(OwnPackages local, PackageHolders holders, String self) {
    this.local = local;
    this.holders = holders;
    this.self = self;
  }

  @FunctionalInterface
  private interface Change<A> {
    A make() throws IOException;
  }

  private <A> A alone(String digest, Change<A> change) throws IOException {
    var lock = locks[Math.floorMod(digest.hashCode(), LOCKS)];
    lock.lock();
    try {
      return change.make();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Upload upload(String digest) throws IOException {
    var upload = local.upload(digest);
    return new Upload() {
      @Override
      public void write(byte[] bytes) throws IOException {
        upload.write(bytes);
      }

      @Override
      public long commit() throws IOException {
        return alone(digest, () -> commitAndRecord(digest, upload));
      }

      @Override
      public void close() throws IOException {
        upload.close();
      }
    };
  }

  private long commitAndRecord(String digest, Upload upload) throws IOException {
    boolean known = size(digest).isPresent();
    try {
      long size = upload.commit();
      holders.record(digest, self, size);
      return size;
    } catch (IOException | RuntimeException failed) {
      if (!known) {
        local.delete(digest);
      }
      throw failed;
    }
  }

  private Optional<Long> size(String digest) throws IOException {
    try (var stored = local.open(digest).orElse(null)) {
      return Optional.ofNullable(stored).map(StoredPackage::size);
    }
  }

  /** Makes the record say what is true. */
  void register(String digest) throws IOException {
    alone(
        digest,
        () -> {
          var size = size(digest);
          if (size.isPresent()) {
            holders.record(digest, self, size.get());
          } else {
            holders.forget(digest, self);
          }
          return size;
        });
  }

  @Override
  public Optional<StoredPackage> open(String digest) throws IOException {
    return local.open(digest);
  }

  /** A record that stays for want of etcd is found wrong by the next {@link PackageRepair}. */
  @Override
  public void delete(String digest) throws IOException {
    alone(
        digest,
        () -> {
          local.delete(digest);
          try {
            holders.forget(digest, self);
          } catch (QinlingException away) {
            LOG.debugf("A deleted package stays recorded: digest=%s", digest);
          }
          return digest;
        });
  }

  @Override
  public Set<String> digests() throws IOException {
    return local.digests();
  }
}
