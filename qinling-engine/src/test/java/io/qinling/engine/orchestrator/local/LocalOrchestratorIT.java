// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.OrchestratorContract;
import io.qinling.engine.orchestrator.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LocalOrchestratorIT extends OrchestratorContract {
  private static final Path RUNTIMES = Path.of("../deploy/runtimes").toAbsolutePath().normalize();
  private static final String ENGINE = "test-" + ProcessHandle.current().pid();

  private static final String SMALL = ENGINE + "-small";

  private static Path workerDir;
  private static ScheduledExecutorService timer;
  private static LocalOrchestrator orchestrator;

  @BeforeAll
  static void start() throws IOException {
    workerDir = Files.createTempDirectory("qinling-workers-");
    Files.setPosixFilePermissions(
        workerDir, java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
    timer = Executors.newSingleThreadScheduledExecutor();
    orchestrator = open();
  }

  private static LocalOrchestrator open() {
    return open(ENGINE, 100, 230_000);
  }

  private static LocalOrchestrator open(String engine, int maxWorkers, int uidBase) {
    return new LocalOrchestrator(
        engine,
        new LocalSettings(RUNTIMES, Map.of(), workerDir, POOL_SIZE, maxWorkers, uidBase, 3),
        Executors.newVirtualThreadPerTaskExecutor(),
        timer);
  }

  @AfterAll
  static void stop() throws IOException {
    orchestrator.close();
    timer.shutdownNow();
    await().atMost(Duration.ofSeconds(5)).until(() -> processesOf(workerDir) == 0);
    Files.deleteIfExists(Path.of(workerDir.resolve(ENGINE) + ".lock"));
    Files.deleteIfExists(Path.of(workerDir.resolve(SMALL) + ".lock"));
    Files.delete(workerDir);
  }

  @Override
  protected Orchestrator orchestrator() {
    return orchestrator;
  }

  @Override
  protected Orchestrator small(int workers) {
    return open(SMALL, workers, 250_000);
  }

  @Override
  protected String image() {
    return "python3";
  }

  @Test
  void aSecondEngineOfTheSameNameDoesNotStart() {
    assertThatThrownBy(LocalOrchestratorIT::open).hasMessageContaining("Another engine uses");
  }

  @Test
  void aReleasedWorkerLeavesNoFolderAndNoProcess() {
    var worker = claim("leaves-nothing");
    var folder = folder(worker);
    assertThat(folder).exists();

    orchestrator.release(worker);

    assertThat(folder).doesNotExist();
    await().atMost(Duration.ofSeconds(5)).until(() -> processesOf(folder) == 0);
  }

  @Test
  void workersOfRootRunAsUsersOfTheirOwn() throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(System.getProperty("user.name").equals("root"));

    var one = claim("users");
    var other = claim("users");

    int uid = (int) Files.getAttribute(folder(one), "unix:uid");
    assertThat(uid).isGreaterThanOrEqualTo(230_000);
    assertThat((int) Files.getAttribute(folder(other), "unix:uid")).isNotEqualTo(uid);
  }

  private static Path folder(Worker worker) {
    return workerDir.resolve(ENGINE).resolve(worker.name());
  }

  /**
   * Processes in whose environment the folder stands, as it does for workers and what they start.
   */
  private static long processesOf(Path folder) {
    return ProcessHandle.allProcesses().filter(process -> isOf(process, folder)).count();
  }

  private static boolean isOf(ProcessHandle process, Path folder) {
    try {
      return Files.readString(
              Path.of("/proc/" + process.pid() + "/environ"),
              java.nio.charset.StandardCharsets.ISO_8859_1)
          .contains(folder.toString());
    } catch (IOException gone) {
      return false;
    }
  }
}
