// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.api.engine.GrpcEngine;
import io.qinling.error.QinlingException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/** Asks all living engines for the same, at the same time. */
final class EveryEngine {
  private final EngineDirectory directory;
  private final EngineClients clients;
  private final ExecutorService background;

  EveryEngine(EngineDirectory directory, EngineClients clients, ExecutorService background) {
    this.directory = directory;
    this.clients = clients;
    this.background = background;
  }

  /** Returns when all have answered or failed; empty when there is no engine. */
  <A> List<Answer<A>> ask(Function<GrpcEngine, A> call) {
    return ask(directory.engines(), engine -> call.apply(clients.engine(engine)));
  }

  <A> List<Answer<A>> ask(List<EngineNode> engines, Function<EngineNode, A> call) {
    if (engines.size() == 1) {
      return List.of(one(engines.getFirst(), call));
    }
    var running =
        engines.stream()
            .map(engine -> CompletableFuture.supplyAsync(() -> one(engine, call), background))
            .toList();
    return running.stream().map(CompletableFuture::join).toList();
  }

  private static <A> Answer<A> one(EngineNode engine, Function<EngineNode, A> call) {
    try {
      return new Answer.Given<>(engine, call.apply(engine));
    } catch (QinlingException failed) {
      return new Answer.Failed<>(engine, failed);
    }
  }
}
