// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import io.qinling.engine.orchestrator.WorkerNeeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Control groups of workers. A worker has a group {@code main} for what it runs for itself and a
 * group {@code slot-<n>} for each execution at a time; the worker moves an execution's process into
 * its slot, but cannot change the limits. See cgroups(7) for the two versions.
 */
interface Cgroups {
  /** Groups where none can be made; workers then limit themselves by rlimits. */
  Cgroups NONE = new NoCgroups();

  /**
   * Makes the groups of a worker.
   *
   * @param userId who may move processes into the slots
   */
  WorkerCgroups create(String worker, int slots, int userId) throws IOException;

  /** Removes the engine's own group, when the workers' are gone. */
  void close() throws IOException;

  /** The groups of one worker. */
  interface WorkerCgroups {
    /** The {@code cgroup.procs} files by which the worker's first process enters {@code main}. */
    List<Path> entrances();

    /** The folders that hold the slots, one for each hierarchy. */
    List<Path> folders();

    /**
     * Sets the limits of the slots.
     *
     * @param memoryOverhead added to the memory of each
     */
    void limit(WorkerNeeds needs, long memoryOverhead) throws IOException;

    /**
     * Switches the limit of the processor share off or on again, after it was set. A kernel may
     * leave processes throttled that were killed (seen with Linux 6.18); without the limit they
     * end.
     */
    void setThrottled(boolean throttled) throws IOException;

    /** Removes the groups, whose processes are dying or dead. Waits for them. */
    void remove() throws IOException;
  }
}
