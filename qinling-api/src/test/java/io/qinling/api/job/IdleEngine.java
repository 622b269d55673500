// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.engine.Engine;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.EngineResult;
import io.qinling.api.engine.EngineTiming;
import io.qinling.api.engine.PoolCapacity;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.engine.RuntimePool;
import java.io.InputStream;
import java.util.List;

/** An engine whose functions all return at once. */
final class IdleEngine implements Engine {
  @Override
  public EngineResult execute(EngineCall call) {
    return new EngineResult(EngineResult.Outcome.SUCCESS, "{}", "", new EngineTiming(0, 0, 0));
  }

  @Override
  public void ping() {}

  @Override
  public void createPool(RuntimePool pool) {}

  @Override
  public void updatePool(String runtimeId, String image) {}

  @Override
  public void deletePool(String runtimeId) {}

  @Override
  public PoolCapacity describePool(String runtimeId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> workers(String functionId, int version) {
    return List.of();
  }

  @Override
  public void scaleUp(RunnableFunction function, int count) {}

  @Override
  public void scaleDown(String functionId, int version, int count) {}

  @Override
  public void release(String functionId, int version) {}

  @Override
  public void putPackage(String digest, InputStream content) {}

  @Override
  public InputStream getPackage(String digest) {
    return InputStream.nullInputStream();
  }

  @Override
  public void deletePackage(String digest) {}
}
