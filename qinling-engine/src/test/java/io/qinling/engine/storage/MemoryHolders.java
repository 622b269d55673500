// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Holders as all engines of one test know them. */
public final class MemoryHolders implements PackageHolders {
  private final Map<String, Set<String>> known = new ConcurrentHashMap<>();
  private volatile boolean away;

  /** Lets calls fail from now on, or no longer. */
  public void setAway(boolean away) {
    this.away = away;
  }

  private Map<String, Set<String>> reached() {
    if (away) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "away");
    }
    return known;
  }

  @Override
  public void record(String digest, String engine, long size) {
    reached().computeIfAbsent(digest, each -> ConcurrentHashMap.newKeySet()).add(engine);
  }

  @Override
  public void forget(String digest, String engine) {
    reached().getOrDefault(digest, ConcurrentHashMap.newKeySet()).remove(engine);
  }

  @Override
  public void forgetAll(String digest) {
    reached().remove(digest);
  }

  @Override
  public Set<String> of(String digest) {
    return Set.copyOf(reached().getOrDefault(digest, Set.of()));
  }

  @Override
  public Map<String, Set<String>> all() {
    return Map.copyOf(reached());
  }
}
