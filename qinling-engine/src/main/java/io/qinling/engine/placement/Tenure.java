// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Set;

/**
 * Whether a placement may serve: the life cycle of ownership, as this engine sees it. Only moves of
 * the table happen; another one is a defect.
 */
sealed interface Tenure {
  /** Nobody has been asked yet, or the answer did not come. */
  record Unowned() implements Tenure {}

  /** The coordination is being asked. */
  record Asking() implements Tenure {}

  /** The function version is this engine's in that session. */
  record Owned(long session) implements Tenure {}

  /** The coordination is being told that this engine does not want it any more. */
  record GivingUp() implements Tenure {}

  /** It is another engine's, or was given up. The end. */
  record Ended() implements Tenure {}

  /** From which state which others are reached. A session that ends is asked for anew. */
  Map<Class<? extends Tenure>, Set<Class<? extends Tenure>>> MOVES =
      Map.ofEntries(
          entry(Unowned.class, Set.of(Asking.class, Ended.class)),
          entry(Asking.class, Set.of(Owned.class, Unowned.class, Ended.class)),
          entry(Owned.class, Set.of(Asking.class, GivingUp.class, Ended.class)),
          entry(GivingUp.class, Set.of(Unowned.class, Ended.class)),
          entry(Ended.class, Set.of()));

  /**
   * @throws IllegalStateException when the table does not have the move
   */
  default Tenure to(Tenure next) {
    if (!MOVES.get(getClass()).contains(next.getClass())) {
      throw new IllegalStateException("Ownership cannot go from " + this + " to " + next);
    }
    return next;
  }
}
