// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.api.engine.PoolCapacity;
import io.qinling.api.engine.PoolDescription;
import io.qinling.api.engine.RuntimePool;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The pools of a runtime, of which every engine has its own, unless all share one. An engine that
 * is away makes its pool when a call needs it.
 */
final class EnginePools {
  private static final Logger LOG = Logger.getLogger(EnginePools.class);

  private final EveryEngine every;
  private final EngineClients clients;

  EnginePools(EveryEngine every, EngineClients clients) {
    this.every = every;
    this.clients = clients;
  }

  /** Succeeds when one engine has made it and none found it impossible. */
  void create(RuntimePool pool) {
    var answers =
        every.ask(engine -> {
          engine.createPool(pool);
          return true;
        });
    Answer.requireNoRefusal(answers);
    Answer.requireOne(answers);
    logAway(answers, pool.runtimeId());
  }

  void delete(String runtimeId) {
    var answers =
        every.ask(engine -> {
          engine.deletePool(runtimeId);
          return true;
        });
    Answer.requireNoRefusal(answers);
    Answer.requireOne(answers);
    logAway(answers, runtimeId);
  }

  PoolCapacity describe(String runtimeId) {
    return capacity(Answer.given(described(runtimeId)));
  }

  private static PoolCapacity capacity(List<Answer.Given<PoolDescription>> pools) {
    var first = pools.getFirst().value();
    return first.shared()
        ? first.capacity()
        : pools.stream().map(pool -> pool.value().capacity()).reduce(EnginePools::sum).get();
  }

  private static PoolCapacity sum(PoolCapacity one, PoolCapacity other) {
    return new PoolCapacity(
        one.total() + other.total(),
        one.available() + other.available(),
        one.claimed() + other.claimed());
  }

  /** At least one engine has the pool. */
  private List<Answer<PoolDescription>> described(String runtimeId) {
    var answers = every.ask(engine -> engine.describe(runtimeId));
    if (Answer.given(answers).isEmpty()) {
      // One that is away may have it.
      Answer.failed(answers).stream()
          .filter(Answer.Failed::isAway)
          .findFirst()
          .ifPresent(away -> {
            throw away.failure();
          });
    }
    Answer.requireOne(answers);
    return answers;
  }

  /** Either all engines that can be reached have the new image afterwards, or none. */
  void update(String runtimeId, String image) {
    var described = described(runtimeId);
    var pools = Answer.given(described);
    if (capacity(pools).claimed() > 0) {
      throw new QinlingException(ErrorCode.CONFLICT, "Functions hold workers of the runtime");
    }
    logAway(described, runtimeId);
    var owners = pools.getFirst().value().shared() ? pools.subList(0, 1) : pools;
    var updated =
        every.ask(
            owners.stream().map(Answer.Given::engine).toList(),
            engine -> {
              clients.engine(engine).updatePool(runtimeId, image);
              return true;
            });
    try {
      Answer.requireNoRefusal(updated);
      Answer.requireOne(updated);
    } catch (QinlingException refused) {
      rollBack(runtimeId, pools, Answer.given(updated));
      throw refused;
    }
    logAway(updated, runtimeId);
  }

  private void rollBack(
      String runtimeId,
      List<Answer.Given<PoolDescription>> before,
      List<Answer.Given<Boolean>> changed) {
    var engines = changed.stream().map(Answer.Given::engine).toList();
    for (var pool : before) {
      if (engines.contains(pool.engine())) {
        restore(runtimeId, pool);
      }
    }
  }

  private void restore(String runtimeId, Answer.Given<PoolDescription> pool) {
    try {
      clients.engine(pool.engine()).updatePool(runtimeId, pool.value().image());
    } catch (QinlingException failed) {
      LOG.warnf(
          "A pool has another image than its runtime; update the runtime again:"
              + " runtime=%s engine=%s reason=%s",
          runtimeId, pool.engine().name(), failed.getMessage());
    }
  }

  private static <A> void logAway(List<Answer<A>> answers, String runtimeId) {
    for (var failed : Answer.failed(answers)) {
      LOG.warnf(
          "A pool was changed without an engine that is away: runtime=%s engine=%s reason=%s",
          runtimeId, failed.engine().name(), failed.failure().getMessage());
    }
  }
}
