// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;

/**
 * The engines that the configuration names. Nobody tells which of them live; owners are remembered
 * as engines name them.
 */
public final class FixedDirectory implements EngineDirectory {
  private static final int REMEMBERED = 10_000;

  private final List<EngineNode> engines;
  private final Cache<FunctionKey, EngineNode> owners =
      Caffeine.newBuilder().maximumSize(REMEMBERED).build();

  /**
   * @throws IllegalArgumentException naming the address that is none
   */
  public FixedDirectory(List<String> addresses) {
    this.engines =
        addresses.stream().map(String::strip).distinct().map(FixedDirectory::engine).toList();
  }

  private static EngineNode engine(String address) {
    if (!EngineAddress.isValid(address)) {
      throw new IllegalArgumentException("[api] engines has " + address + ": not host:port");
    }
    return EngineNode.at(address);
  }

  @Override
  public List<EngineNode> engines() {
    return engines;
  }

  @Override
  public Optional<EngineNode> owner(FunctionKey function) {
    return engines.size() == 1 ? Optional.empty() : Optional.ofNullable(remembered(function));
  }

  private EngineNode remembered(FunctionKey function) {
    return owners.getIfPresent(function);
  }

  @Override
  public boolean isGone(EngineNode engine) {
    return false;
  }

  @Override
  public void learn(FunctionKey function, String ownerAddress) {
    owners.put(function, EngineNode.at(ownerAddress));
  }

  @Override
  public void forget(FunctionKey function) {
    owners.invalidate(function);
  }
}
