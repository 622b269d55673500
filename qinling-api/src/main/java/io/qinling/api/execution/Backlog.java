// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What must still be written when the database is back, in its order. It holds at most 10,000
 * changes, and at most 64 Mi characters of their results and logs; no execution is accepted while
 * anything is in it, so that only what was under way before can come. Filled and emptied by the
 * journal's thread only.
 */
final class Backlog {
  private static final int MOST_CHANGES = 10_000;
  private static final long MOST_CHARACTERS = 64L * 1024 * 1024;

  private final ArrayDeque<JournalChange> changes = new ArrayDeque<>();
  private final Set<String> ids = ConcurrentHashMap.newKeySet();
  private final int mostChanges;
  private final long mostCharacters;
  private long characters;

  Backlog() {
    this(MOST_CHANGES, MOST_CHARACTERS);
  }

  Backlog(int mostChanges, long mostCharacters) {
    this.mostChanges = mostChanges;
    this.mostCharacters = mostCharacters;
  }

  /** False when it is full. */
  boolean add(JournalChange change) {
    long length = length(change);
    if (changes.size() >= mostChanges || characters + length > mostCharacters) {
      return false;
    }
    changes.add(change);
    characters += length;
    ids.add(change.executionId());
    return true;
  }

  /** All of it, and leaves it empty, though its ids stay known until they are settled. */
  List<JournalChange> drain() {
    var all = new ArrayList<>(changes);
    changes.clear();
    characters = 0;
    return all;
  }

  /** The change has been written or given up. */
  void settle(JournalChange change) {
    ids.remove(change.executionId());
  }

  /** Whether something of an execution waits here; any thread may ask. */
  boolean holds(String executionId) {
    return ids.contains(executionId);
  }

  /** Executions of which something waits here; any thread may ask. */
  int size() {
    return ids.size();
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  private static long length(JournalChange change) {
    return change instanceof JournalChange.Finish finish
        ? length(finish.end().result())
            + length(finish.end().log())
            + length(finish.execution().input())
        : 0;
  }

  private static long length(String text) {
    return text == null ? 0 : text.length();
  }
}
