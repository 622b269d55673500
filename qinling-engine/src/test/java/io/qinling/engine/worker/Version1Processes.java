// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerProtocol;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A worker of version 1 and its sidecar, as processes; see deploy/runtimes/tests/version1. */
final class Version1Processes implements AutoCloseable {
  private static final Path PROGRAMS = Path.of("../deploy/runtimes/tests/version1");

  private final List<Process> processes = new ArrayList<>();
  private final Path folder;

  Version1Processes(Path folder) {
    this.folder = folder;
  }

  /** What the sidecar has fetched. */
  Path packages() throws IOException {
    return Files.createDirectories(folder.resolve("packages"));
  }

  /**
   * @param port 0 for any that is free
   * @return the port
   */
  int startSidecar(int port) throws IOException {
    return start("sidecar.py", Map.of("PORT", Integer.toString(port), "LOCKS", folder.toString()));
  }

  /**
   * @param kind {@code python} or {@code nodejs}, whose ways it has
   */
  Worker startWorker(String kind, int sidecarPort) throws IOException {
    int port =
        start(
            "worker.py",
            Map.of(
                "HOST",
                "127.0.0.1",
                "PORT",
                "0",
                "KIND",
                kind,
                "SIDECAR",
                "http://127.0.0.1:" + sidecarPort));
    return new Worker(
        "worker-1",
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        "",
        WorkerProtocol.VERSION_1);
  }

  private int start(String program, Map<String, String> settings) throws IOException {
    var builder =
        new ProcessBuilder("/usr/bin/python3", PROGRAMS.toRealPath().resolve(program).toString())
            .directory(folder.toFile())
            .redirectError(Redirect.DISCARD);
    var environment = new HashMap<>(settings);
    environment.put("PACKAGES", packages().toString());
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    builder.environment().putAll(environment);
    var process = builder.start();
    processes.add(process);
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    return Integer.parseInt(output.readLine());
  }

  /** Ends the one that was started last, and its executions. */
  void killLast() throws InterruptedException {
    var last = processes.getLast();
    end(last);
    last.waitFor();
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    processes.forEach(Version1Processes::end);
  }
}
