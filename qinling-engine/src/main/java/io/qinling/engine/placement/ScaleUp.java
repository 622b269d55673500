// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Somebody who asked for workers ahead of need and waits until they are there. */
final class ScaleUp {
  private final int count;
  private final CompletableFuture<Integer> missing;
  private final AtomicInteger claimed = new AtomicInteger();

  /**
   * @param count workers that are wanted
   * @param missing gets how many of them did not come, or why none was tried
   */
  ScaleUp(int count, CompletableFuture<Integer> missing) {
    this.count = count;
    this.missing = missing;
  }

  int count() {
    return count;
  }

  /** These are the ones that may come. */
  void expect(List<Claim> claims) {
    var ends =
        claims.stream()
            .map(claim ->
                claim
                    .worker()
                    .handle((worker, failure) ->
                        failure == null ? claimed.incrementAndGet() : claimed.get()))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(ends).thenRun(this::end);
  }

  void fail(RuntimeException reason) {
    missing.completeExceptionally(reason);
  }

  /** The wait is over. */
  void end() {
    missing.complete(Math.max(0, count - claimed.get()));
  }
}
