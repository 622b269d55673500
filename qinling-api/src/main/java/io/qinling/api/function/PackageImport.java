// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.engine.Backoff;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/**
 * Gives the engine the packages that Qinling 5 left in a folder: {@code project/function_md5.zip},
 * and for versions {@code project/function_version_md5.zip}. The files stay as they are.
 */
public final class PackageImport {
  private static final Logger LOG = Logger.getLogger(PackageImport.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final FunctionStore store;
  private final Packages packages;
  private final Path folder;

  public PackageImport(FunctionStore store, Packages packages, Path folder) {
    this.store = store;
    this.packages = packages;
    this.folder = folder.toAbsolutePath().normalize();
  }

  /**
   * A record without its package.
   *
   * @param version 0 for the latest code
   * @param md5 of the package, where it is known
   */
  record Missing(String projectId, String functionId, int version, Optional<String> md5) {}

  /** Imports what there is to import, as soon as the engine can be reached. */
  public void start(ExecutorService background) {
    background.execute(() -> {
      var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
      boolean repeat;
      do {
        repeat = !run();
      } while (repeat && backoff.pause());
    });
  }

  /** False when the engine was away, and the rest is to be imported later. */
  boolean run() {
    int imported = 0;
    for (var missing : store.withoutPackage()) {
      try {
        if (find(missing).filter(file -> store(missing, file)).isPresent()) {
          imported++;
        } else {
          LOG.warnf(
              "A package of an earlier release is not there: function=%s version=%d folder=%s",
              missing.functionId(), missing.version(), folder);
        }
      } catch (QinlingException refused) {
        if (refused.code() == ErrorCode.UNAVAILABLE || refused.code() == ErrorCode.TIMEOUT) {
          return false;
        }
        LOG.warnf(
            "A package of an earlier release cannot be imported: function=%s reason=%s",
            missing.functionId(), refused.getMessage());
      }
    }
    if (imported > 0) {
      LOG.infof("Packages of an earlier release were imported: count=%d", imported);
    }
    return true;
  }

  private boolean store(Missing missing, Path path) {
    var file = PackageFile.check(path, missing.md5());
    return packages.store(file, () -> store.setPackage(missing, file.sha256()));
  }

  private Optional<Path> find(Missing missing) {
    var project = folder.resolve(missing.projectId()).normalize();
    if (!project.startsWith(folder) || !Files.isDirectory(project)) {
      return Optional.empty();
    }
    var number = missing.version() == 0 ? "" : missing.version() + "_";
    var name =
        missing.functionId() + "_" + number + missing.md5().orElse("[0-9a-f]{32}") + "\\.zip";
    try (var files = Files.list(project)) {
      return files.filter(file -> file.getFileName().toString().matches(name)).findFirst();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
