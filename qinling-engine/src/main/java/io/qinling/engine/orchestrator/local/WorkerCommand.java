// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The command line that confines a worker, from the tools of util-linux:
 *
 * <ul>
 *   <li>{@code setpriv --pdeathsig} ends it with the engine;
 *   <li>a shell enters its cgroups while it still may;
 *   <li>{@code unshare --pid} gives it a process id namespace, whose every process the kernel kills
 *       with the first one, however far it has detached itself;
 *   <li>{@code setpriv --reuid} takes its privileges away. The parent-death signal is set again,
 *       since a change of the user id clears it (prctl(2));
 *   <li>a shell is the first process, to reap what loses its parent, as not every interpreter does.
 * </ul>
 */
final class WorkerCommand {
  private static final String ENTER_CGROUPS =
      "while [ \"$1\" != -- ]; do echo $$ > \"$1\" || exit 1; shift; done; shift; exec \"$@\"";

  /** More than one command, so that the shell does not become the worker but stays. */
  private static final String FIRST_PROCESS = "\"$@\"; exit $?";

  private WorkerCommand() {}

  /**
   * @param userId to run as; empty keeps the engine's user, which then is not root
   * @param cgroupProcs the {@code cgroup.procs} files to enter
   */
  static List<String> confined(List<String> command, OptionalInt userId, List<Path> cgroupProcs) {
    var line = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
    line.addAll(List.of("/bin/sh", "-c", ENTER_CGROUPS, "worker"));
    cgroupProcs.forEach(file -> line.add(file.toString()));
    line.add("--");
    line.add("unshare");
    if (userId.isEmpty()) {
      line.addAll(List.of("--user", "--map-current-user"));
    }
    line.addAll(List.of("--pid", "--fork", "--mount-proc", "--"));
    line.add("setpriv");
    userId.ifPresent(
        id -> line.addAll(List.of("--reuid=" + id, "--regid=" + id, "--clear-groups")));
    line.addAll(List.of("--pdeathsig", "KILL", "--no-new-privs", "--inh-caps=-all", "--"));
    line.addAll(List.of("/bin/sh", "-c", FIRST_PROCESS, "init"));
    line.addAll(command);
    return line;
  }
}
