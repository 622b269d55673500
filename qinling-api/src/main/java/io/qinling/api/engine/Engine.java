// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The engine, as the api sees it. Methods block and are to be called on virtual threads. All may
 * throw a {@link QinlingException}: UNAVAILABLE when the engine cannot be reached, TIMEOUT when it
 * did not answer in time.
 */
public interface Engine {
  /**
   * Runs a function. Safe to repeat with the same execution id.
   *
   * @throws QinlingException OVERLOADED when nothing was run for want of workers
   */
  EngineResult execute(EngineCall call);

  /** Returns when the engine answers. */
  void ping();

  /**
   * Makes a pool and waits until it has its workers.
   *
   * @throws QinlingException INVALID_INPUT or ORCHESTRATOR_FAILED when its workers cannot be
   *     started
   */
  void createPool(RuntimePool pool);

  /**
   * Replaces a pool's image.
   *
   * @throws QinlingException NOT_FOUND without such a pool, otherwise as {@link #createPool}; the
   *     old image stays then
   */
  void updatePool(String runtimeId, String image);

  void deletePool(String runtimeId);

  /**
   * @throws QinlingException NOT_FOUND without such a pool
   */
  PoolCapacity describePool(String runtimeId);

  List<String> workers(String functionId, int version);

  void scaleUp(RunnableFunction function, int count);

  void scaleDown(String functionId, int version, int count);

  /** Takes all workers from a function version. */
  void release(String functionId, int version);

  /**
   * Stores a package durably.
   *
   * @throws QinlingException TOO_LARGE when it is longer than the engine allows
   */
  void putPackage(String digest, InputStream content) throws IOException;

  /**
   * Opens a package for reading.
   *
   * @throws QinlingException NOT_FOUND without such a package
   */
  InputStream getPackage(String digest);

  void deletePackage(String digest);
}
