// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import io.qinling.engine.orchestrator.WorkerNeeds;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A mounted hierarchy and how its limits are written. */
sealed interface CgroupHierarchy {
  /** Length of the period in which a processor share is measured, the kernel's default. */
  int PERIOD_MICROS = 100_000;

  /** The folder below which the engine makes its groups. */
  Path root();

  /**
   * Files to write, and what, so that a slot has its limits. Files that the kernel does not have
   * are left out.
   */
  Map<String, String> limits(WorkerNeeds needs, long memoryOverhead);

  /**
   * As {@link #limits}, for what the worker runs for itself: the function's code is imported there,
   * so its memory counts, but its share of the processor does not, or an execution could keep the
   * worker from ending it.
   */
  Map<String, String> mainLimits(WorkerNeeds needs, long memoryOverhead);

  /**
   * Files to write so that a slot may use the processor without a limit, or with its limit again.
   */
  Map<String, String> throttle(WorkerNeeds needs, boolean throttled);

  /** Files to write so that a group's children can have limits. */
  Map<String, String> delegation();

  private static String quotaMicros(WorkerNeeds needs) {
    return Integer.toString(needs.cpuMillis() * (PERIOD_MICROS / 1000));
  }

  /** Memory of a worker's own processes, whatever its runtime. */
  long WORKER_MEMORY = 64L * 1024 * 1024;

  private static String memory(WorkerNeeds needs, long overhead) {
    return Long.toString(needs.memoryBytes() + overhead);
  }

  /** One controller of version 1. */
  record V1(String controller, Path root) implements CgroupHierarchy {
    @Override
    public Map<String, String> limits(WorkerNeeds needs, long memoryOverhead) {
      var files = new LinkedHashMap<String, String>();
      switch (controller) {
        case "memory" -> {
          files.put("memory.limit_in_bytes", memory(needs, memoryOverhead));
          files.put("memory.memsw.limit_in_bytes", memory(needs, memoryOverhead));
        }
        case "cpu" -> {
          files.put("cpu.cfs_period_us", Integer.toString(PERIOD_MICROS));
          files.put("cpu.cfs_quota_us", quotaMicros(needs));
          files.put("cpu.cfs_burst_us", quotaMicros(needs));
        }
        default -> throw new IllegalStateException("No limits for controller " + controller);
      }
      return files;
    }

    @Override
    public Map<String, String> mainLimits(WorkerNeeds needs, long memoryOverhead) {
      return controller.equals("memory")
          ? Map.of("memory.limit_in_bytes", memory(needs, memoryOverhead + WORKER_MEMORY))
          : Map.of();
    }

    @Override
    public Map<String, String> throttle(WorkerNeeds needs, boolean throttled) {
      return controller.equals("cpu")
          ? Map.of("cpu.cfs_quota_us", throttled ? quotaMicros(needs) : "-1")
          : Map.of();
    }

    @Override
    public Map<String, String> delegation() {
      return Map.of();
    }
  }

  /** The unified hierarchy of version 2. */
  record V2(Path root) implements CgroupHierarchy {
    @Override
    public Map<String, String> limits(WorkerNeeds needs, long memoryOverhead) {
      var files = new LinkedHashMap<String, String>();
      files.put("memory.max", memory(needs, memoryOverhead));
      files.put("memory.swap.max", "0");
      files.put("cpu.max", quotaMicros(needs) + " " + PERIOD_MICROS);
      files.put("cpu.max.burst", quotaMicros(needs));
      return files;
    }

    @Override
    public Map<String, String> mainLimits(WorkerNeeds needs, long memoryOverhead) {
      return Map.of("memory.max", memory(needs, memoryOverhead + WORKER_MEMORY));
    }

    @Override
    public Map<String, String> throttle(WorkerNeeds needs, boolean throttled) {
      return Map.of("cpu.max", (throttled ? quotaMicros(needs) : "max") + " " + PERIOD_MICROS);
    }

    @Override
    public Map<String, String> delegation() {
      return Map.of("cgroup.subtree_control", "+cpu +memory");
    }
  }
}
