// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A directory that says what a test wants. */
final class ToldDirectory implements EngineDirectory {
  final Map<FunctionKey, EngineNode> owners = new ConcurrentHashMap<>();
  private final List<Runnable> actions = new CopyOnWriteArrayList<>();
  private volatile List<EngineNode> engines = List.of();

  void tell(EngineNode... living) {
    engines = List.of(living);
    actions.forEach(Runnable::run);
  }

  @Override
  public List<EngineNode> engines() {
    return engines;
  }

  @Override
  public Optional<EngineNode> owner(FunctionKey function) {
    return Optional.ofNullable(owners.get(function));
  }

  @Override
  public boolean isGone(EngineNode engine) {
    return engine.instance().isPresent() && !engines.contains(engine);
  }

  @Override
  public void whenChanged(Runnable action) {
    actions.add(action);
  }
}
