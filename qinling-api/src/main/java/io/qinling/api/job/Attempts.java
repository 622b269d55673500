// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which jobs this process is about to run, and when those that could not be run are tried again.
 * Threads may share it.
 */
final class Attempts {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private record Pause(Duration length, Instant until) {
    static Pause of(Duration length, Instant now) {
      return new Pause(length, now.plus(length));
    }

    Pause longer(Instant now) {
      var twice = length.multipliedBy(2);
      return of(twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE, now);
    }
  }

  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final Map<String, Pause> pauses = new ConcurrentHashMap<>();

  /** Begins an attempt, unless one is under way or the job pauses; false then. */
  boolean begin(String jobId, Instant now) {
    var pause = pauses.get(jobId);
    return (pause == null || !now.isBefore(pause.until())) && underWay.add(jobId);
  }

  /** The job need not be tried again. */
  void succeeded(String jobId) {
    pauses.remove(jobId);
    underWay.remove(jobId);
  }

  /**
   * The job is to be tried again, each time after a longer pause.
   *
   * @return whether this is the first failure in a row
   */
  boolean failed(String jobId, Instant now) {
    var pause =
        pauses.compute(
            jobId,
            (id, before) -> before == null ? Pause.of(FIRST_PAUSE, now) : before.longer(now));
    underWay.remove(jobId);
    return pause.length().equals(FIRST_PAUSE);
  }

  /** Forgets jobs that are not due any more: others ran, changed or deleted them. */
  void forgetAllBut(Set<String> due) {
    pauses.keySet().retainAll(due);
  }
}
