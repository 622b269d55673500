// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import io.qinling.engine.orchestrator.WorkerNeeds;
import java.nio.file.Path;
import java.util.List;

/** Control groups of a host that offers none. */
final class NoCgroups implements Cgroups, Cgroups.WorkerCgroups {
  @Override
  public WorkerCgroups create(String worker, int slots, int userId) {
    return this;
  }

  @Override
  public void close() {}

  @Override
  public List<Path> entrances() {
    return List.of();
  }

  @Override
  public List<Path> folders() {
    return List.of();
  }

  @Override
  public void limit(WorkerNeeds needs, long memoryOverhead) {}

  @Override
  public void setThrottled(boolean throttled) {}

  @Override
  public void remove() {}
}
