// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.qinling.engine.storage.MemoryHolders;
import io.qinling.engine.storage.MemoryPeers;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.Peers;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

class TestPackagesBetweenEngines extends PackagesBetweenEnginesContract {
  private final MemoryHolders holders = new MemoryHolders();
  private final Map<String, MemoryPeers> views = new HashMap<>();
  private final Set<Peer> live = new HashSet<>();

  @Override
  PackageHolders holders() {
    return holders;
  }

  @Override
  Peers peersOf(String name) {
    return views.computeIfAbsent(name, each -> new MemoryPeers());
  }

  @Override
  void join(Peer engine) {
    live.add(engine);
    tell();
  }

  @Override
  void leave(Peer engine) {
    live.remove(engine);
    tell();
  }

  private void tell() {
    views.forEach((name, view) ->
        view.set(
            live.stream().filter(each -> !each.name().equals(name)).collect(toUnmodifiableSet())));
  }
}
