// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.grpc.ManagedChannelBuilder;
import io.qinling.api.engine.EngineCall;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.engine.RuntimePool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Engines, and the api's side of them. */
final class RoutingFixture implements AutoCloseable {
  static final String FUNCTION = "7c3f5a52-9a0e-4d5b-8f6e-1f6c1a2b3c4d";
  static final FunctionKey KEY = new FunctionKey(FUNCTION, 0);
  private static final int TIMEOUT_SECONDS = 20;

  final ToldDirectory directory = new ToldDirectory();
  final EngineClients clients;
  final RoutedEngine routed;
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private final List<ServedEngine> served = new ArrayList<>();

  RoutingFixture() {
    this.clients = clients(directory);
    this.routed = new RoutedEngine(directory, clients, background);
  }

  /** With a quick keep-alive, so that tests of it are quick. */
  static EngineClients clients(EngineDirectory directory) {
    return new EngineClients(
        directory,
        address ->
            ManagedChannelBuilder.forTarget("dns:///" + address)
                .usePlaintext()
                .directExecutor()
                .keepAliveTime(10, TimeUnit.SECONDS)
                .keepAliveTimeout(1, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true)
                .build());
  }

  RoutedEngine routedBy(EngineDirectory other) {
    return new RoutedEngine(other, clients, background);
  }

  ServedEngine serve() {
    var engine = ServedEngine.start();
    served.add(engine);
    return engine;
  }

  ServedEngine restart(ServedEngine ended) {
    var engine = ServedEngine.restart(ended);
    served.add(engine);
    return engine;
  }

  static EngineCall call(Duration startAllowance) {
    var runtime = new RuntimePool(UUID.randomUUID().toString(), "python3", true);
    var function =
        new RunnableFunction(
            FUNCTION,
            0,
            1,
            runtime,
            "",
            "",
            "main.main",
            100,
            1 << 25,
            TIMEOUT_SECONDS,
            "p",
            Optional.empty());
    return new EngineCall(
        UUID.randomUUID().toString(),
        function,
        null,
        Optional.empty(),
        Duration.ofSeconds(TIMEOUT_SECONDS).plus(startAllowance));
  }

  static EngineCall call() {
    return call(Duration.ofSeconds(20));
  }

  @Override
  public void close() {
    clients.close();
    background.shutdownNow();
    served.forEach(ServedEngine::close);
  }
}
