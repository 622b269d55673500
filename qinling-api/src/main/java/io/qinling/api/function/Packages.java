// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.engine.Engine;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The packages that the engine keeps for the records of functions. Equal packages are kept once, so
 * storing one together with its record, and deleting one that no record names, exclude each other
 * in a process; what another process deletes in between is stored again.
 */
public final class Packages {
  private static final Logger LOG = Logger.getLogger(Packages.class);
  private static final int LOCKS = 64;

  private final ReentrantLock[] locks =
      Stream.generate(ReentrantLock::new).limit(LOCKS).toArray(ReentrantLock[]::new);
  private final Engine engine;
  private final FunctionStore functions;

  public Packages(Engine engine, FunctionStore functions) {
    this.engine = engine;
    this.functions = functions;
  }

  /**
   * Stores a package, then its record; the package goes again when the record cannot be written.
   */
  <T> T store(PackageFile file, Supplier<T> record) {
    var lock = lock(file.sha256());
    lock.lock();
    try (var content = file.open()) {
      engine.putPackage(file.sha256(), content);
      var recorded = record.get();
      storeAgainIfGone(file);
      return recorded;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    } catch (RuntimeException refused) {
      discardLocked(file.sha256());
      throw refused;
    } finally {
      lock.unlock();
    }
  }

  private void storeAgainIfGone(PackageFile file) throws IOException {
    try {
      if (isGone(file.sha256())) {
        try (var content = file.open()) {
          engine.putPackage(file.sha256(), content);
        }
      }
    } catch (QinlingException unreachable) {
      LOG.warnf(
          "Whether a package is still there is not known: digest=%s reason=%s",
          file.sha256(), unreachable.getMessage());
    }
  }

  private boolean isGone(String digest) throws IOException {
    try {
      engine.getPackage(digest).close();
      return false;
    } catch (QinlingException failed) {
      if (failed.code() == ErrorCode.NOT_FOUND) {
        return true;
      }
      throw failed;
    }
  }

  /**
   * @param digest null for a package that was never stored
   * @throws QinlingException NOT_FOUND when it is not there
   */
  InputStream open(String digest) {
    if (digest == null) {
      throw new QinlingException(ErrorCode.NOT_FOUND, "The package of the function is not there.");
    }
    return engine.getPackage(digest);
  }

  /**
   * Deletes a package, which may be null, that no record names any more. One that cannot be deleted
   * now stays.
   */
  public void discard(String digest) {
    if (digest == null) {
      return;
    }
    var lock = lock(digest);
    lock.lock();
    try {
      discardLocked(digest);
    } finally {
      lock.unlock();
    }
  }

  private void discardLocked(String digest) {
    try {
      if (!functions.usesPackage(digest)) {
        engine.deletePackage(digest);
      }
    } catch (QinlingException unreachable) {
      LOG.warnf(
          "A package is not used any more but stays: digest=%s reason=%s",
          digest, unreachable.getMessage());
    }
  }

  private ReentrantLock lock(String digest) {
    return locks[Math.floorMod(digest.hashCode(), LOCKS)];
  }
}
