// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import java.util.BitSet;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/**
 * User ids for workers, each used by one worker at a time, so that workers can neither signal nor
 * read each other and the kernel counts the processes of each apart.
 */
final class UserIds {
  private final ReentrantLock lock = new ReentrantLock();
  private final BitSet used = new BitSet();
  private final int base;
  private final int count;
  private int last = -1;

  UserIds(int base, int count) {
    this.base = base;
    this.count = count;
  }

  /** The id that was free for the longest time; empty when all are in use. */
  OptionalInt take() {
    lock.lock();
    try {
      for (int i = 1; i <= count; i++) {
        int candidate = (last + i) % count;
        if (!used.get(candidate)) {
          used.set(candidate);
          last = candidate;
          return OptionalInt.of(base + candidate);
        }
      }
      return OptionalInt.empty();
    } finally {
      lock.unlock();
    }
  }

  void giveBack(int id) {
    lock.lock();
    try {
      used.clear(id - base);
    } finally {
      lock.unlock();
    }
  }
}
