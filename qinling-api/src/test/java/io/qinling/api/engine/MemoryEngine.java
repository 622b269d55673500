// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps packages in memory, and has functions that all return at once. */
public final class MemoryEngine implements Engine {
  public final Map<String, byte[]> packages = new HashMap<>();
  public volatile boolean isAway;

  /** Of every function. */
  public final List<String> workers = new CopyOnWriteArrayList<>();

  /** Images by runtimes. */
  public final Map<String, String> pools = new ConcurrentHashMap<>();

  /** Of these no worker starts. */
  public final Set<String> badImages = ConcurrentHashMap.newKeySet();

  private void requirePresence() {
    if (isAway) {
      throw new QinlingException(ErrorCode.UNAVAILABLE, "The engine is away");
    }
  }

  @Override
  public EngineResult execute(EngineCall call) {
    return new EngineResult(EngineResult.Outcome.SUCCESS, "{}", "", new EngineTiming(0, 0, 0));
  }

  @Override
  public void ping() {
    requirePresence();
  }

  @Override
  public void createPool(RuntimePool pool) {
    requirePresence();
    requireGood(pool.image());
    pools.putIfAbsent(pool.runtimeId(), pool.image());
  }

  private void requireGood(String image) {
    if (badImages.contains(image)) {
      throw new QinlingException(ErrorCode.ORCHESTRATOR_FAILED, "No worker starts");
    }
  }

  @Override
  public void updatePool(String runtimeId, String image) {
    requirePresence();
    if (!pools.containsKey(runtimeId)) {
      throw new QinlingException(ErrorCode.NOT_FOUND, "Runtime not found");
    }
    requireGood(image);
    pools.put(runtimeId, image);
  }

  @Override
  public void deletePool(String runtimeId) {
    requirePresence();
    pools.remove(runtimeId);
  }

  @Override
  public PoolCapacity describePool(String runtimeId) {
    return new PoolCapacity(0, 0, 0);
  }

  @Override
  public List<String> workers(String functionId, int version) {
    return workers;
  }

  @Override
  public void scaleUp(RunnableFunction function, int count) {}

  @Override
  public void scaleDown(String functionId, int version, int count) {}

  @Override
  public void release(String functionId, int version) {}

  @Override
  public void putPackage(String digest, InputStream content) throws IOException {
    requirePresence();
    packages.put(digest, content.readAllBytes());
  }

  @Override
  public InputStream getPackage(String digest) {
    requirePresence();
    var content = packages.get(digest);
    if (content == null) {
      throw new QinlingException(ErrorCode.NOT_FOUND, "No such package");
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public void deletePackage(String digest) {
    packages.remove(digest);
  }
}
