// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A bounded memory of what was looked up. Threads that ask for the same at the same time share one
 * lookup, done by the first of them; its failure reaches all of them and is not remembered. Other
 * keys are not held up meanwhile, as they could be by a cache that loads below a lock.
 */
final class Lookups<V> {
  private final Cache<String, V> known;
  private final ConcurrentMap<String, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /**
   * @param most entries beyond which those of least use are dropped
   * @param keep how long a value is remembered from its lookup on
   */
  Lookups(int most, Ticker ticker, Function<V, Duration> keep) {
    known =
        Caffeine.newBuilder()
            .maximumSize(most)
            .ticker(ticker)
            .executor(Runnable::run)
            .expireAfter(Expiry.<String, V>writing((key, value) -> keep.apply(value)))
            .build();
  }

  V get(String key, Supplier<V> lookup) {
    var value = known.getIfPresent(key);
    if (value != null) {
      hits.increment();
      return value;
    }
    var mine = new CompletableFuture<V>();
    var others = underWay.putIfAbsent(key, mine);
    if (others == null) {
      return lookUp(key, lookup, mine);
    }
    hits.increment();
    return result(others);
  }

  private V lookUp(String key, Supplier<V> lookup, CompletableFuture<V> mine) {
    try {
      // Another lookup may have ended just before this one began.
      var value = known.getIfPresent(key);
      if (value == null) {
        misses.increment();
        value = lookup.get();
        known.put(key, value);
      } else {
        hits.increment();
      }
      mine.complete(value);
      return value;
    } catch (RuntimeException | Error failed) {
      mine.completeExceptionally(failed);
      throw failed;
    } finally {
      underWay.remove(key);
    }
  }

  private static <V> V result(CompletableFuture<V> lookup) {
    try {
      return lookup.join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException reason ? reason : failed;
    }
  }

  /** Puts another value in the place of one; what was forgotten stays so. */
  void replace(String key, V value) {
    known.asMap().replace(key, value);
  }

  void forget(String key) {
    known.invalidate(key);
  }

  /** Questions that were answered without a lookup of their own. */
  long hits() {
    return hits.sum();
  }

  /** Lookups. */
  long misses() {
    return misses.sum();
  }

  long size() {
    known.cleanUp();
    return known.estimatedSize();
  }
}
