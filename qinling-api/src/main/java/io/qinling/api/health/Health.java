// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.health;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;

/**
 * Tells whether the service has what it needs. Asks at most once a second, however often called.
 */
public final class Health {
  private static final Duration KEPT = Duration.ofSeconds(1);

  private final LoadingCache<List<Check>, List<Check.Outcome>> latest;
  private final List<Check> checks;

  /**
   * @param executor runs the checks, all at the same time
   */
  public Health(List<Check> checks, ExecutorService executor) {
    this.checks = List.copyOf(checks);
    this.latest = Caffeine.newBuilder().expireAfterWrite(KEPT).build(all -> runAll(all, executor));
  }

  private static List<Check.Outcome> runAll(List<Check> checks, ExecutorService executor) {
    var running =
        checks.stream().map(check -> CompletableFuture.supplyAsync(check::run, executor)).toList();
    return running.stream().map(CompletableFuture::join).toList();
  }

  List<Check.Outcome> outcomes() {
    return latest.get(checks);
  }
}
