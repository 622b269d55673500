// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;

/**
 * Who waits for a slot, first come, first served. Whoever leaves costs no more than whoever is
 * served, however long the line is: under more load than can be borne most leave. Touched by the
 * placement's actions only.
 */
final class WaitingLine {
  private final LinkedHashMap<Waiter, Long> sinceNanos = new LinkedHashMap<>();

  void add(Waiter waiter, long nowNanos) {
    sinceNanos.put(waiter, nowNanos);
  }

  /** Takes the first; null when nobody waits. */
  Waiter poll() {
    // Asked after every execution, and nearly always in vain.
    return sinceNanos.isEmpty() ? null : sinceNanos.pollFirstEntry().getKey();
  }

  boolean remove(Waiter waiter) {
    return sinceNanos.remove(waiter) != null;
  }

  int size() {
    return sinceNanos.size();
  }

  boolean isEmpty() {
    return sinceNanos.isEmpty();
  }

  /**
   * How long the line takes to pass through, roughly: as long as the first has waited. Empty when
   * nobody waits.
   */
  Optional<Duration> passage(long nowNanos) {
    return Optional.ofNullable(sinceNanos.firstEntry())
        .map(first -> Duration.ofNanos(nowNanos - first.getValue()));
  }
}
