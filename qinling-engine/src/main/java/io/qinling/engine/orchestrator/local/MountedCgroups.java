// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import io.qinling.engine.orchestrator.WorkerNeeds;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Control groups in the hierarchies of this host, all below a group of the engine's own. */
final class MountedCgroups implements Cgroups {
  private static final Logger LOG = Logger.getLogger(MountedCgroups.class);
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");
  private static final Duration EMPTY_PATIENCE = Duration.ofSeconds(5);
  private static final Duration EMPTY_PAUSE = Duration.ofMillis(5);

  private final List<CgroupHierarchy> hierarchies;
  private final String engine;

  private MountedCgroups(List<CgroupHierarchy> hierarchies, String engine) {
    this.hierarchies = hierarchies;
    this.engine = engine;
  }

  /**
   * Finds the hierarchies and removes what an engine of the same name left in them.
   *
   * @return {@link Cgroups#NONE} where the kernel or our rights do not allow groups, with a warning
   */
  static Cgroups open(String engine) {
    try {
      var cgroups = new MountedCgroups(hierarchies(), "qinling-" + engine);
      cgroups.reset();
      return cgroups;
    } catch (IOException refused) {
      LOG.warnf(
          "Control groups cannot be used, so memory is limited by rlimits and processor shares are not limited; run the"
              + " engine as root with a writable /sys/fs/cgroup to change that: %s",
          refused);
      return NONE;
    }
  }

  private static List<CgroupHierarchy> hierarchies() throws IOException {
    if (Files.exists(MOUNT.resolve("cgroup.controllers"))) {
      return List.of(new CgroupHierarchy.V2(MOUNT));
    }
    var found = new ArrayList<CgroupHierarchy>();
    for (var line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      var fields = line.split(":", 3);
      for (var controller : List.of("memory", "cpu")) {
        if (List.of(fields[1].split(",")).contains(controller)) {
          found.add(
              new CgroupHierarchy.V1(
                  controller, MOUNT.resolve(controller).resolve(fields[2].substring(1))));
        }
      }
    }
    if (found.size() < 2) {
      throw new IOException("the memory and cpu controllers are not mounted");
    }
    return List.copyOf(found);
  }

  private void reset() throws IOException {
    for (var hierarchy : hierarchies) {
      var group = hierarchy.root().resolve(engine);
      if (Files.isDirectory(group)) {
        killLeftovers(group);
        removeTree(group);
      }
      write(hierarchy.root(), hierarchy.delegation());
      Files.createDirectory(group);
      write(group, hierarchy.delegation());
    }
  }

  private static void killLeftovers(Path group) throws IOException {
    try (var tree = Files.walk(group)) {
      for (var procs : tree.filter(file -> file.endsWith("cgroup.procs")).toList()) {
        for (var pid : Files.readAllLines(procs)) {
          ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
  }

  @Override
  public WorkerCgroups create(String worker, int slots, int userId) throws IOException {
    var folders = new ArrayList<Path>();
    for (var hierarchy : hierarchies) {
      var folder = hierarchy.root().resolve(engine).resolve(worker);
      Files.createDirectory(folder);
      folders.add(folder);
      write(folder, hierarchy.delegation());
      // Version 2 lets a process move only where its user may also write to the common ancestor.
      Files.setAttribute(folder.resolve("cgroup.procs"), "unix:uid", userId);
      Files.createDirectory(folder.resolve("main"));
      for (int slot = 0; slot < slots; slot++) {
        var group = Files.createDirectory(folder.resolve("slot-" + slot));
        Files.setAttribute(group.resolve("cgroup.procs"), "unix:uid", userId);
      }
    }
    return new Groups(hierarchies, List.copyOf(folders), slots);
  }

  @Override
  public void close() throws IOException {
    for (var hierarchy : hierarchies) {
      removeTree(hierarchy.root().resolve(engine));
    }
  }

  private static void write(Path group, Map<String, String> files) throws IOException {
    for (var file : files.entrySet()) {
      var path = group.resolve(file.getKey());
      if (Files.exists(path)) {
        Files.writeString(path, file.getValue());
      }
    }
  }

  private static void removeTree(Path group) throws IOException {
    try (var children = Files.newDirectoryStream(group, Files::isDirectory)) {
      for (var child : children) {
        removeTree(child);
      }
    }
    removeWhenEmpty(group);
  }

  /**
   * The kernel refuses to remove a group until its last process is gone, and offers nothing to wait
   * on that both versions have.
   */
  private static void removeWhenEmpty(Path group) throws IOException {
    long deadline = System.nanoTime() + EMPTY_PATIENCE.toNanos();
    while (true) {
      try {
        Files.delete(group);
        return;
      } catch (DirectoryNotEmptyException impossible) {
        throw impossible;
      } catch (FileSystemException busy) {
        if (System.nanoTime() > deadline) {
          throw busy;
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(EMPTY_PAUSE);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private static final class Groups implements WorkerCgroups {
    private final List<CgroupHierarchy> hierarchies;
    private final List<Path> folders;
    private final int slots;
    private volatile WorkerNeeds needs;

    Groups(List<CgroupHierarchy> hierarchies, List<Path> folders, int slots) {
      this.hierarchies = hierarchies;
      this.folders = folders;
      this.slots = slots;
    }

    @Override
    public List<Path> folders() {
      return folders;
    }

    @Override
    public List<Path> entrances() {
      return folders.stream()
          .map(folder -> folder.resolve("main").resolve("cgroup.procs"))
          .toList();
    }

    @Override
    public void limit(WorkerNeeds limits, long memoryOverhead) throws IOException {
      needs = limits;
      for (int i = 0; i < hierarchies.size(); i++) {
        write(
            folders.get(i).resolve("main"), hierarchies.get(i).mainLimits(limits, memoryOverhead));
      }
      writeSlots(hierarchy -> hierarchy.limits(limits, memoryOverhead));
    }

    @Override
    public void setThrottled(boolean throttled) throws IOException {
      var limits = needs;
      writeSlots(hierarchy -> hierarchy.throttle(limits, throttled));
    }

    private void writeSlots(Function<CgroupHierarchy, Map<String, String>> files)
        throws IOException {
      for (int i = 0; i < hierarchies.size(); i++) {
        for (int slot = 0; slot < slots; slot++) {
          write(folders.get(i).resolve("slot-" + slot), files.apply(hierarchies.get(i)));
        }
      }
    }

    @Override
    public void remove() throws IOException {
      for (var folder : folders) {
        removeTree(folder);
      }
    }
  }
}
