// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.engine.orchestrator.WorkerNeeds;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TestCgroupHierarchy {
  private static final WorkerNeeds NEEDS = new WorkerNeeds("f", 0, 3, 150, 32_000_000);
  private static final long OVERHEAD = 1_000_000;

  @Test
  void versionOneLimitsMemoryAndProcessorInTheirOwnHierarchies() {
    var memory = new CgroupHierarchy.V1("memory", Path.of("/m")).limits(NEEDS, OVERHEAD);
    var cpu = new CgroupHierarchy.V1("cpu", Path.of("/c")).limits(NEEDS, OVERHEAD);

    assertThat(memory)
        .containsEntry("memory.limit_in_bytes", "33000000")
        .containsEntry("memory.memsw.limit_in_bytes", "33000000");
    assertThat(cpu)
        .containsEntry("cpu.cfs_period_us", "100000")
        .containsEntry("cpu.cfs_quota_us", "15000");
  }

  @Test
  void versionTwoLimitsBothInOne() {
    assertThat(new CgroupHierarchy.V2(Path.of("/u")).limits(NEEDS, OVERHEAD))
        .containsEntry("memory.max", "33000000")
        .containsEntry("memory.swap.max", "0")
        .containsEntry("cpu.max", "15000 100000");
  }
}
