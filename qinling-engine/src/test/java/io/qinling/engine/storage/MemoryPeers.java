// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Peers that a test names. */
public final class MemoryPeers implements Peers {
  private final List<Runnable> actions = new CopyOnWriteArrayList<>();
  private volatile Set<Peer> live = Set.of();

  public void set(Set<Peer> now) {
    live = now;
    actions.forEach(Runnable::run);
  }

  @Override
  public Set<Peer> live() {
    return live;
  }

  @Override
  public void onChange(Runnable action) {
    actions.add(action);
  }
}
