// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import java.util.Set;

/** The other engines. Safe for use by any thread; never blocks. */
public interface Peers {
  /**
   * Those that live and do not drain, as far as is known; while etcd is away, those that did last.
   */
  Set<Peer> live();

  /**
   * Has an action run after each change of {@link #live}, by a thread that it must not block, and
   * once when the engines are known for the first time.
   */
  void onChange(Runnable action);
}
