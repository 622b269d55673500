// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import java.util.List;
import java.util.Optional;

/** Which engines there are and what they own. All answers come from memory. */
public interface EngineDirectory extends AutoCloseable {
  /** Those that live as far as is known, draining ones included. */
  List<EngineNode> engines();

  /** The living owner of a function version, if one is known. */
  Optional<EngineNode> owner(FunctionKey function);

  /** Whether this very process of an engine is known to have ended. */
  boolean isGone(EngineNode engine);

  /** The living engine at an address, if one is known. */
  default Optional<EngineNode> at(String address) {
    return engines().stream().filter(engine -> engine.address().equals(address)).findFirst();
  }

  /** An engine has named the owner of a function version. */
  default void learn(FunctionKey function, String ownerAddress) {}

  /** An owner that was named did not take a call. */
  default void forget(FunctionKey function) {}

  /** Has something done after each change of the engines; it must not block. */
  default void whenChanged(Runnable action) {}

  @Override
  default void close() {}
}
