// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static java.nio.file.attribute.PosixFilePermissions.asFileAttribute;
import static java.nio.file.attribute.PosixFilePermissions.fromString;

import io.qinling.engine.orchestrator.local.Cgroups.WorkerCgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Starts workers as confined processes. */
final class WorkerStarter {
  private static final int USER_IDS = 10_000;
  private static final int SECRET_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Spawner spawner = new Spawner();
  private final UserIds userIds;
  private final Cgroups cgroups;
  private final Path folders;
  private final int slots;
  private final boolean root;

  /**
   * @param folders where workers get their folders
   * @param root whether this process may change user ids and make control groups
   */
  WorkerStarter(Path folders, int uidBase, int slots, boolean root, Cgroups cgroups) {
    this.folders = folders;
    this.userIds = new UserIds(uidBase, USER_IDS);
    this.slots = slots;
    this.root = root;
    this.cgroups = cgroups;
  }

  /** Starts a worker and waits until it listens. */
  WorkerProcess start(RuntimeFolder runtime) throws IOException {
    var name = runtime.name() + "-" + randomHex(6);
    var userId = root ? userIds.take() : OptionalInt.empty();
    if (root && userId.isEmpty()) {
      throw new IOException("All user ids for workers are in use");
    }
    try {
      var worker = start(name, runtime, userId);
      worker.onExit().thenRun(() -> userId.ifPresent(userIds::giveBack));
      return worker;
    } catch (IOException | RuntimeException failed) {
      userId.ifPresent(userIds::giveBack);
      throw failed;
    }
  }

  private WorkerProcess start(String name, RuntimeFolder runtime, OptionalInt userId)
      throws IOException {
    var folder =
        Files.createDirectory(folders.resolve(name), asFileAttribute(fromString("rwx------")));
    if (userId.isPresent()) {
      Files.setAttribute(folder, "unix:uid", userId.getAsInt());
      Files.setAttribute(folder, "unix:gid", userId.getAsInt());
    }
    var groups = root ? cgroups.create(name, slots, userId.getAsInt()) : new NoCgroups();
    var secret = randomHex(SECRET_BYTES);
    var builder =
        new ProcessBuilder(WorkerCommand.confined(runtime.command(), userId, groups.entrances()))
            .directory(runtime.folder().toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(WorkerProcess.logFile(folder).toFile());
    setEnvironment(builder, folder, groups, secret);
    return WorkerProcess.whenListening(
        name, spawn(builder, folder, groups), folder, groups, runtime, secret);
  }

  private Process spawn(ProcessBuilder builder, Path folder, WorkerCgroups groups)
      throws IOException {
    try {
      return spawner.start(builder);
    } catch (IOException failed) {
      WorkerProcess.discard(folder, groups);
      throw failed;
    }
  }

  private void setEnvironment(
      ProcessBuilder builder, Path folder, WorkerCgroups groups, String secret) {
    var environment = builder.environment();
    environment.clear();
    environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.put("LANG", "C.UTF-8");
    environment.put("QINLING_WORKER_HOST", "127.0.0.1");
    environment.put("QINLING_WORKER_PORT", "0");
    environment.put("QINLING_WORKER_SECRET", secret);
    environment.put("QINLING_WORKER_DIR", folder.toString());
    environment.put("QINLING_WORKER_SLOTS", Integer.toString(slots));
    if (!groups.folders().isEmpty()) {
      environment.put(
          "QINLING_WORKER_CGROUPS",
          groups.folders().stream().map(Path::toString).collect(Collectors.joining(":")));
    }
  }

  private String randomHex(int bytes) {
    var value = new byte[bytes];
    random.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }
}
