// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import io.opentelemetry.api.OpenTelemetry;
import io.qinling.api.engine.Engine;
import io.qinling.api.engine.routing.EngineClients;
import io.qinling.api.engine.routing.EngineDirectory;
import io.qinling.api.engine.routing.EtcdDirectory;
import io.qinling.api.engine.routing.FixedDirectory;
import io.qinling.api.engine.routing.RoutedEngine;
import io.qinling.credentials.ServiceSecret;
import io.qinling.credentials.SharedSecret;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.qinling.request.RequestIdCarrier;
import io.qinling.tracing.TraceCarrier;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Puts together what knows the engines and speaks to them. */
@ApplicationScoped
public class EngineParts {
  private static final String ONLY_ENGINE = "127.0.0.1:7071";

  /** An etcd that is there answers well within this time. */
  private static final Duration LISTING_PATIENCE = Duration.ofSeconds(5);

  /** A result and a log of the engine's limits, with room for their encoding. */
  private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

  private static final int CONNECT_MILLIS = 2000;

  /** The least that gRPC does; an engine that hangs is noticed when the patience is over, too. */
  private static final int KEEP_ALIVE_SECONDS = 10;

  private static final int KEEP_ALIVE_PATIENCE_SECONDS = 2;

  @Produces
  @Singleton
  EngineDirectory directory(ApiConfig api, EtcdConfig etcd) {
    try {
      var named = api.engines().orElse(List.of());
      if (!named.isEmpty()) {
        return new FixedDirectory(named);
      }
      return EtcdAddresses.of(etcd)
          .map(EngineParts::follow)
          .orElseGet(() -> new FixedDirectory(List.of(ONLY_ENGINE)));
    } catch (IllegalArgumentException wrong) {
      // Without its cause, with which Quarkus would print pages instead of the message.
      throw new ConfigurationException(wrong.getMessage());
    }
  }

  private static EngineDirectory follow(EtcdAddresses addresses) {
    var directory = new EtcdDirectory(new Etcd(addresses));
    directory.awaitListing(LISTING_PATIENCE);
    return directory;
  }

  void stop(@Disposes EngineDirectory directory) {
    directory.close();
  }

  @Produces
  @Singleton
  EngineClients clients(
      EngineDirectory directory,
      EngineAccessConfig access,
      ServiceSecret known,
      OpenTelemetry telemetry) {
    var secret =
        known
            .or(access.secret())
            .orElseThrow(() ->
                new ConfigurationException("[engine] secret is not set; it must be the engine's"));
    return new EngineClients(
        directory, connector(new SharedSecret(secret), new TraceCarrier(telemetry)));
  }

  private static Function<String, ManagedChannel> connector(
      SharedSecret secret, TraceCarrier traces) {
    return address ->
        NettyChannelBuilder.forTarget("dns:///" + address)
            .usePlaintext()
            .directExecutor()
            .intercept(secret, new RequestIdCarrier(), traces)
            .maxInboundMessageSize(LARGEST_ANSWER)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_PATIENCE_SECONDS, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(true)
            .build();
  }

  void stop(@Disposes EngineClients clients) {
    clients.close();
  }

  /** Has the type {@link Engine} for all who need no more. */
  @Produces
  @Singleton
  RoutedEngine engine(
      EngineDirectory directory,
      EngineClients clients,
      Background background,
      MeterRegistry meters) {
    Meters.bind(meters, directory);
    return new RoutedEngine(directory, clients, background.executor());
  }
}
