// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** One look at whether workers can run on this host, which leaves nothing behind. */
public final class HostCheck {
  private static final int PATIENCE_SECONDS = 10;

  private HostCheck() {}

  /** The runtime folders that images lead to and that are there. */
  public static List<String> runtimes(LocalSettings settings) {
    return settings.images().values().stream()
        .distinct()
        .sorted()
        .filter(folder -> RuntimeFolders.isRuntime(settings.runtimesDir().resolve(folder)))
        .toList();
  }

  /** Whether workers get user ids of their own. */
  public static boolean isRoot() {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    } catch (IOException noLinux) {
      throw new UncheckedIOException(noLinux);
    }
  }

  /**
   * Confines a process that does nothing, as a worker.
   *
   * @return what the system says to it; empty when it can
   */
  public static Optional<String> confinementTrouble(LocalSettings settings)
      throws IOException, InterruptedException {
    var user = isRoot() ? OptionalInt.of(settings.uidBase()) : OptionalInt.empty();
    var process =
        new ProcessBuilder(WorkerCommand.confined(List.of("true"), user, List.of()))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return Optional.of("it does not end");
    }
    var said = process.inputReader().lines().findFirst();
    return process.exitValue() == 0
        ? Optional.empty()
        : said.or(() -> Optional.of("it ends with " + process.exitValue()));
  }
}
