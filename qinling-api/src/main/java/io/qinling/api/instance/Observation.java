// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.instance;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Tells which processes are dead: those whose beat stays the same over a timeout, by the observer's
 * own monotonic clock, since clocks of others may be set to any time. What the observer missed
 * proves nothing: when a look fails, or comes much later than the one before, because the observer
 * itself was paused or cut off, all is observed from the beginning. Used by one thread.
 */
public final class Observation {
  /** Looks at which a beat must have stayed the same, after the one that saw it first. */
  private static final int LOOKS = 5;

  /**
   * @param since nanoseconds, when the look was over that saw the beat first
   */
  private record Sight(long beat, long since, int looks) {}

  private final long timeout;
  private final long longestGap;
  private final LongSupplier nanoTime;
  private Map<String, Sight> sights = Map.of();
  private long latest;

  /**
   * @param timeout how long the beat of a dead process has stayed the same
   * @param period between two looks; looks that are more than two periods apart are none
   */
  public Observation(Duration timeout, Duration period, LongSupplier nanoTime) {
    this.timeout = timeout.toNanos();
    this.longestGap = period.multipliedBy(2).toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * Looks at all processes.
   *
   * @param look reads them; what it throws is thrown on
   * @return those that are dead
   */
  public List<ApiInstance> dead(Supplier<? extends Collection<ApiInstance>> look) {
    long asked = nanoTime.getAsLong();
    var before = asked - latest > longestGap ? Map.<String, Sight>of() : sights;
    sights = Map.of();
    var found = look.get();
    // A beat is as old as the answer at the least, and as young as the question at the most.
    long answered = nanoTime.getAsLong();
    var seen = new HashMap<String, Sight>();
    for (var instance : found) {
      var sight = before.get(instance.id());
      seen.put(
          instance.id(),
          sight == null || sight.beat() != instance.beat()
              ? new Sight(instance.beat(), answered, 0)
              : new Sight(sight.beat(), sight.since(), sight.looks() + 1));
    }
    sights = seen;
    latest = answered;
    return found.stream().filter(each -> isDead(seen.get(each.id()), asked)).toList();
  }

  private boolean isDead(Sight sight, long asked) {
    return sight.looks() >= LOOKS && asked - sight.since() >= timeout;
  }
}
