// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.api.engine.Engine;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.EngineResult;
import io.qinling.api.engine.GrpcEngine;
import io.qinling.api.engine.PoolCapacity;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.engine.RuntimePool;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** All engines of a deployment as one. */
public final class RoutedEngine implements Engine {
  private final EngineClients clients;
  private final FunctionRouter router;
  private final LostCalls lostCalls;
  private final EnginePools pools;
  private final EnginePackages packages;
  private final EveryEngine every;

  /**
   * @param background a thread for each engine that is asked at the same time as others
   */
  public RoutedEngine(
      EngineDirectory directory, EngineClients clients, ExecutorService background) {
    this.clients = clients;
    this.router = new FunctionRouter(directory, clients);
    this.lostCalls = new LostCalls(directory, clients);
    this.every = new EveryEngine(directory, clients, background);
    this.pools = new EnginePools(every, clients);
    this.packages = new EnginePackages(directory, clients);
  }

  @Override
  public EngineResult execute(EngineCall call) {
    long giveUpAt = System.nanoTime() + call.patience().toNanos();
    var function = new FunctionKey(call.function().functionId(), call.function().version());
    return router.run(function, call.startAllowance(), engine -> executeAt(engine, call, giveUpAt));
  }

  private EngineResult executeAt(EngineNode engine, EngineCall call, long giveUpAt) {
    try {
      var left = Duration.ofNanos(giveUpAt - System.nanoTime());
      return clients.engine(engine).execute(call, left);
    } catch (QinlingException failed) {
      if (failed.code() != ErrorCode.LOST) {
        throw failed;
      }
      return lostCalls.outcome(engine, call.executionId(), giveUpAt);
    }
  }

  @Override
  public List<String> workers(String functionId, int version) {
    return router.ask(
        new FunctionKey(functionId, version),
        engine -> clients.engine(engine).workers(functionId, version));
  }

  @Override
  public void scaleUp(RunnableFunction function, int count) {
    router.ask(
        new FunctionKey(function.functionId(), function.version()),
        engine -> {
          clients.engine(engine).scaleUp(function, count);
          return true;
        });
  }

  @Override
  public void scaleDown(String functionId, int version, int count) {
    router.ask(
        new FunctionKey(functionId, version),
        engine -> {
          clients.engine(engine).scaleDown(functionId, version, count);
          return true;
        });
  }

  @Override
  public void release(String functionId, int version) {
    router.ask(
        new FunctionKey(functionId, version),
        engine -> {
          clients.engine(engine).release(functionId, version);
          return true;
        });
  }

  @Override
  public void ping() {
    var _ = answering();
  }

  /**
   * How many engines answer.
   *
   * @throws QinlingException as {@link Engine#ping} when none does
   */
  public int answering() {
    var answers =
        every.ask(engine -> {
          engine.ping();
          return true;
        });
    Answer.requireOne(answers);
    return Answer.given(answers).size();
  }

  /** Asks every engine that is known what it can do; empty when none is. */
  public List<EngineReport> reports() {
    return every.ask(GrpcEngine::orchestratorTrouble).stream()
        .map(answer ->
            switch (answer) {
              case Answer.Given<Optional<String>> given ->
                  new EngineReport(given.engine().address(), Optional.empty(), given.value());
              case Answer.Failed<Optional<String>> failed ->
                  new EngineReport(
                      failed.engine().address(), Optional.of(failed.failure()), Optional.empty());
            })
        .toList();
  }

  /**
   * Returns when the orchestrators of all engines that answer can provide workers.
   *
   * @throws QinlingException UNAVAILABLE saying what keeps one of them from it
   */
  public void requireOrchestrators() {
    Answer.given(every.ask(GrpcEngine::orchestratorTrouble)).stream()
        .flatMap(answer -> answer.value().stream())
        .findFirst()
        .ifPresent(trouble -> {
          throw new QinlingException(ErrorCode.UNAVAILABLE, trouble);
        });
  }

  @Override
  public void createPool(RuntimePool pool) {
    pools.create(pool);
  }

  @Override
  public void updatePool(String runtimeId, String image) {
    pools.update(runtimeId, image);
  }

  @Override
  public void deletePool(String runtimeId) {
    pools.delete(runtimeId);
  }

  @Override
  public PoolCapacity describePool(String runtimeId) {
    return pools.describe(runtimeId);
  }

  @Override
  public void putPackage(String digest, InputStream content) throws IOException {
    packages.put(digest, content);
  }

  @Override
  public InputStream getPackage(String digest) {
    return packages.get(digest);
  }

  @Override
  public void deletePackage(String digest) {
    packages.delete(digest);
  }
}
