// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.Peers;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import io.qinling.etcd.PrefixWatch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The engines that have told etcd that they live. */
public final class EtcdPeers implements Peers, AutoCloseable {
  private final String self;
  private final List<Runnable> actions = new CopyOnWriteArrayList<>();
  private final PrefixWatch watch;
  private volatile Set<Peer> live = Set.of();

  /**
   * Follows them at once, in the background.
   *
   * @param self the name of this engine
   */
  public EtcdPeers(Etcd etcd, String self) {
    this.self = self;
    this.watch = new PrefixWatch(etcd, Keys.ENGINES, new Changes());
  }

  @Override
  public Set<Peer> live() {
    return live;
  }

  @Override
  public void onChange(Runnable action) {
    actions.add(action);
  }

  @Override
  public void close() {
    watch.close();
  }

  /** Used by the thread of the watch. */
  private final class Changes implements PrefixWatch.Listener {
    private final Map<String, Peer> known = new HashMap<>();
    private boolean complete;

    @Override
    public void present(String key, String value) {
      var engine =
          EngineRecord.decode(key, value)
              .filter(each -> !each.draining() && !each.name().equals(self));
      if (engine.isPresent()) {
        known.put(key, new Peer(engine.get().name(), engine.get().address()));
      } else {
        known.remove(key);
      }
      update();
    }

    @Override
    public void gone(String key) {
      known.remove(key);
      update();
    }

    @Override
    public void complete() {
      complete = true;
      actions.forEach(Runnable::run);
    }

    private void update() {
      var now = Set.copyOf(known.values());
      if (!now.equals(live)) {
        live = now;
        if (complete) {
          actions.forEach(Runnable::run);
        }
      }
    }
  }
}
