// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a worker whose {@link Claim} was served: it is loaded when its placement first sees
 * it, and ends once.
 */
enum WorkerState {
  /** All its slots are free, as when it was just loaded. */
  IDLE,
  /** At least one slot is out. */
  BUSY,
  /** It gets no new execution; those that it has go on to their end. */
  RETIRED,
  /** It cannot be reached any more; the slots that are out still have to come back. */
  LOST,
  /** All slots came back, and it was given back. Nothing follows. */
  ENDED;

  private static final Map<WorkerState, Set<WorkerState>> MOVES =
      new EnumMap<>(
          Map.of(
              IDLE, EnumSet.of(BUSY, RETIRED, LOST),
              BUSY, EnumSet.of(IDLE, RETIRED, LOST),
              RETIRED, EnumSet.of(LOST, ENDED),
              LOST, EnumSet.of(ENDED),
              ENDED, EnumSet.noneOf(WorkerState.class)));

  boolean mayBecome(WorkerState next) {
    return MOVES.get(this).contains(next);
  }
}
