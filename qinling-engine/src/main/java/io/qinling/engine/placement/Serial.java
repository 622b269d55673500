// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Runs actions one at a time and in order, without a lock and without a thread of its own: who
 * brings an action runs it, together with those that others bring in the meantime. State that only
 * such actions touch needs no other protection. Actions must not block.
 */
public final class Serial {
  private static final Logger LOG = Logger.getLogger(Serial.class);

  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();

  /** Runs the action now, or has the thread that is running others run it next. */
  public void run(Runnable action) {
    actions.add(action);
    if (pending.getAndIncrement() != 0) {
      return;
    }
    do {
      runNext();
    } while (pending.decrementAndGet() != 0);
  }

  private void runNext() {
    try {
      actions.remove().run();
    } catch (Throwable defect) {
      // The state belongs to all later actions: they go on, as after a caught exception in any
      // other code.
      LOG.error("An action failed", defect);
    }
  }
}
