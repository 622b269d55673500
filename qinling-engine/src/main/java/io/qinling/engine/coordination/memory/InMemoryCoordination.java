// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.memory;

import io.qinling.engine.coordination.Assignment;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.function.FunctionKey;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Coordination for a deployment with one engine, which owns everything: what it holds ends with the
 * process, as its local workers do.
 */
public final class InMemoryCoordination implements Coordination {
  private static final long SESSION = 1;

  private final ConcurrentMap<FunctionKey, Integer> provisionedByFunction =
      new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Assignment> assignmentByWorker = new ConcurrentHashMap<>();

  @Override
  public long session() {
    return SESSION;
  }

  @Override
  public Ownership own(FunctionKey function) {
    return new Ownership.Owned(SESSION);
  }

  @Override
  public Optional<String> ownerElsewhere(FunctionKey function) {
    return Optional.empty();
  }

  @Override
  public void disown(FunctionKey function) {}

  @Override
  public void listen(Listener listener) {}

  @Override
  public void start() {}

  @Override
  public void drain() {}

  @Override
  public boolean assign(Assignment assignment) {
    return assignmentByWorker.putIfAbsent(assignment.worker(), assignment) == null;
  }

  @Override
  public void unassign(String worker, FunctionKey function) {
    assignmentByWorker.computeIfPresent(
        worker, (name, assignment) -> assignment.function().equals(function) ? null : assignment);
  }

  @Override
  public List<Assignment> assigned(FunctionKey function) {
    return assignmentByWorker.values().stream()
        .filter(assignment -> assignment.function().equals(function))
        .toList();
  }

  @Override
  public int provisioned(FunctionKey function) {
    return provisionedByFunction.getOrDefault(function, 0);
  }

  @Override
  public void provision(FunctionKey function, int workers) {
    if (workers == 0) {
      provisionedByFunction.remove(function);
    } else {
      provisionedByFunction.put(function, workers);
    }
  }

  @Override
  public void close() {}
}
