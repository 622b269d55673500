// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.memory;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.function.FunctionKey;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Coordination for a deployment with one engine: what it holds ends with the process, as its local
 * workers do.
 */
public final class InMemoryCoordination implements Coordination {
  private final ConcurrentMap<String, FunctionKey> functionByWorker = new ConcurrentHashMap<>();

  @Override
  public boolean assign(String worker, FunctionKey function) {
    return functionByWorker.putIfAbsent(worker, function) == null;
  }

  @Override
  public void unassign(String worker) {
    functionByWorker.remove(worker);
  }

  @Override
  public Set<String> assigned(FunctionKey function) {
    return functionByWorker.entrySet().stream()
        .filter(entry -> entry.getValue().equals(function))
        .map(Map.Entry::getKey)
        .collect(toUnmodifiableSet());
  }
}
