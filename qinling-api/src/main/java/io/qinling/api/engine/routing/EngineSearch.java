// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
import io.qinling.error.QinlingException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * Asks for one thing about a function version: its owner first, and then, while nothing was done,
 * each other engine once. Used by one thread.
 */
final class EngineSearch<A> {
  private final EngineDirectory directory;
  private final EngineClients clients;
  private final FunctionKey function;
  private final Function<EngineNode, A> call;
  private final Set<String> asked = new HashSet<>();
  private boolean answered;

  EngineSearch(
      EngineDirectory directory,
      EngineClients clients,
      FunctionKey function,
      Function<EngineNode, A> call) {
    this.directory = directory;
    this.clients = clients;
    this.function = function;
    this.call = call;
  }

  /**
   * @throws QinlingException UNAVAILABLE or NOT_OWNER when no engine did it; what else an engine
   *     says goes to the caller
   */
  A run() {
    QinlingException refusal = null;
    for (var next = first(); next != null; next = best()) {
      asked.add(next.address());
      try {
        return call.apply(next);
      } catch (NotOwnerException elsewhere) {
        answered = true;
        return follow(elsewhere);
      } catch (QinlingException failed) {
        refusal = requireNothingDone(failed);
      }
    }
    throw refusal != null ? refusal : noEngine();
  }

  /** Whether an engine told who is to be asked, so that asking again may help soon. */
  boolean isAnswered() {
    return answered;
  }

  private A follow(NotOwnerException elsewhere) {
    var address = elsewhere.ownerAddress();
    if (!EngineAddress.isValid(address) || !asked.add(address)) {
      directory.forget(function);
      throw elsewhere;
    }
    directory.learn(function, address);
    try {
      return call.apply(directory.at(address).orElseGet(() -> EngineNode.at(address)));
    } catch (QinlingException failed) {
      throw requireNothingDone(failed);
    }
  }

  private QinlingException requireNothingDone(QinlingException failed) {
    if (failed.code() != ErrorCode.UNAVAILABLE && failed.code() != ErrorCode.NOT_OWNER) {
      throw failed;
    }
    directory.forget(function);
    return failed;
  }

  static QinlingException noEngine() {
    return new QinlingException(ErrorCode.UNAVAILABLE, "There is no engine");
  }

  /** The owner takes calls even while it drains, unless another one takes the function over. */
  private EngineNode first() {
    return directory.owner(function).orElseGet(this::best);
  }

  /** Of those not asked yet the one that every api would take, unless it cannot be reached. */
  private EngineNode best() {
    var hash = Rendezvous.of(function);
    EngineNode best = null;
    boolean bestFails = false;
    long bestScore = 0;
    for (var engine : directory.engines()) {
      if (engine.draining() || asked.contains(engine.address())) {
        continue;
      }
      boolean fails = clients.isFailing(engine);
      long score = hash.score(engine.name());
      if (best == null || (fails == bestFails ? score > bestScore : bestFails)) {
        best = engine;
        bestFails = fails;
        bestScore = score;
      }
    }
    return best;
  }
}
