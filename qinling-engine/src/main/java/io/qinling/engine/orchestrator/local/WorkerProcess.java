// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.engine.orchestrator.local.Cgroups.WorkerCgroups;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/** A worker that runs on this host, with its folder and its control groups. */
final class WorkerProcess {
  private static final Logger LOG = Logger.getLogger(WorkerProcess.class);
  private static final Pattern LISTENING = Pattern.compile("\\{\"listening\": *(\\d+)}");
  private static final Duration START_PATIENCE = Duration.ofSeconds(30);
  private static final int SHOWN_LOG_CHARACTERS = 500;

  private final String name;
  private final Process process;
  private final Path folder;
  private final WorkerCgroups cgroups;
  private final RuntimeFolder runtime;
  private final Worker worker;
  private volatile boolean listening;

  private WorkerProcess(
      String name,
      Process process,
      Path folder,
      WorkerCgroups cgroups,
      RuntimeFolder runtime,
      String secret)
      throws IOException {
    this.name = name;
    this.process = process;
    this.folder = folder;
    this.cgroups = cgroups;
    this.runtime = runtime;
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), awaitPort());
    this.worker = new Worker(name, address, secret);
  }

  /**
   * Takes charge of a started process and waits until it listens.
   *
   * @throws IOException when it ends before that, with what it wrote to its log; nothing is left of
   *     it then
   */
  static WorkerProcess whenListening(
      String name,
      Process process,
      Path folder,
      WorkerCgroups cgroups,
      RuntimeFolder runtime,
      String secret)
      throws IOException {
    return new WorkerProcess(name, process, folder, cgroups, runtime, secret);
  }

  private int awaitPort() throws IOException {
    // A runtime that hangs before it says anything must not hold its place for ever.
    CompletableFuture.delayedExecutor(START_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> {
          if (!listening) {
            process.destroyForcibly();
          }
        });
    // Stays open for the life of the worker, which could not write to it otherwise.
    var stdout = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    var line = stdout.readLine();
    Matcher said = LISTENING.matcher(line == null ? "" : line);
    if (said.matches()) {
      this.listening = true;
      return Integer.parseInt(said.group(1));
    }
    end(false);
    var log = Files.readString(logFile(folder), ISO_8859_1);
    deleteTree(folder);
    throw new IOException(
        "The runtime "
            + runtime.name()
            + " did not start: "
            + log.substring(Math.max(0, log.length() - SHOWN_LOG_CHARACTERS)).strip());
  }

  static Path logFile(Path folder) {
    return folder.resolve("worker.log");
  }

  Worker worker() {
    return worker;
  }

  /** Completes when the process has ended, for whatever reason. */
  CompletableFuture<Process> onExit() {
    return process.onExit();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void limit(WorkerNeeds needs) throws IOException {
    cgroups.limit(needs, runtime.memoryOverhead());
  }

  /** Switches the limit of the processor share off or on again. */
  void setThrottled(boolean throttled) throws IOException {
    cgroups.setThrottled(throttled);
  }

  /**
   * Kills the worker and whatever it started, and removes its folder and groups. Blocks until all
   * is gone.
   */
  void end() {
    end(true);
  }

  private void end(boolean withFolder) {
    process.destroyForcibly();
    process.onExit().join();
    try {
      cgroups.remove();
      if (withFolder) {
        deleteTree(folder);
      }
    } catch (IOException failed) {
      LOG.warnf(failed, "A worker left something behind: worker=%s folder=%s", name, folder);
    }
  }

  /** Removes what was made for a worker whose process was never started. */
  static void discard(Path folder, WorkerCgroups cgroups) throws IOException {
    cgroups.remove();
    deleteTree(folder);
  }

  static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public String toString() {
    return name;
  }
}
