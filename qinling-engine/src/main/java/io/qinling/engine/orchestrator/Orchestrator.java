// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Provides workers. Methods may block, are called on virtual threads and may be called at the same
 * time; none is on the path of a warm call.
 */
public interface Orchestrator extends AutoCloseable {
  /**
   * Makes a pool and returns when it has its workers. One that exists is left as it is, and may be
   * waited for.
   *
   * @throws QinlingException INVALID_INPUT when the image cannot be run here, ORCHESTRATOR_FAILED
   *     when no worker starts; a pool that this call has made does not exist then
   */
  void createPool(Pool pool);

  /**
   * Replaces the image of a pool and returns when its free workers run the new one. Claimed workers
   * stay as they are.
   *
   * @throws QinlingException NOT_FOUND without such a pool, INVALID_INPUT or ORCHESTRATOR_FAILED
   *     when the new image does not start; the pool keeps the old one then
   */
  void updatePool(String runtimeId, String image);

  /** Removes a pool with all its workers, claimed ones too; does nothing when there is none. */
  void deletePool(String runtimeId);

  /** The ids of the runtimes that have a pool. */
  Set<String> runtimes();

  /** Empty when there is no such pool. */
  Optional<PoolStatus> describePool(String runtimeId);

  /**
   * Takes a worker out of a pool, which is made when it does not exist and which refills itself.
   * Waits for a worker only while one is starting; free workers of other pools make room.
   *
   * @param take decides whether the caller gets this worker; one that is refused belongs to
   *     somebody else
   * @param patience longest wait for a worker that is starting
   * @throws QinlingException OVERLOADED at once when all workers are claimed and none is starting
   *     that this claim could get, or when none has started within the patience; otherwise as
   *     {@link #createPool}
   */
  Worker claim(Pool pool, WorkerNeeds needs, Predicate<Worker> take, Duration patience);

  /**
   * Has an action run whenever a claim that was refused as OVERLOADED may succeed now, as when a
   * claimed worker has ended. It may be run once too often.
   *
   * @param action must not block
   */
  void onRoom(Runnable action);

  /**
   * Helps a worker that did not end an execution in time: for a moment its processes get all the
   * processor they want, so that those that were killed can end. Does nothing for one that is gone.
   */
  void relieve(Worker worker);

  /**
   * Whether all engines see the same workers, so that a worker outlives its engine and another one
   * can go on with it.
   */
  boolean sharesWorkers();

  /** All claimed workers that engines share; empty when they do not. */
  List<ClaimedWorker> claimed();

  /** A claimed worker by its name, if it lives and this engine can reach it. */
  Optional<Worker> find(String worker);

  /** Ends a claimed worker and everything it started; does nothing for one that is already gone. */
  void release(Worker worker);

  /** Runs functions that are container images; empty when this orchestrator cannot. */
  Optional<ContainerRunner> containers();

  /**
   * What keeps it from providing workers, and how to correct it, in a line that everybody may read;
   * empty when nothing does. Takes some seconds at most.
   */
  default Optional<String> trouble() {
    return Optional.empty();
  }

  /** Ends all workers, unless engines share them. */
  @Override
  void close();
}
