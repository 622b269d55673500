// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Section {@code [engine]}. */
@ConfigMapping(prefix = "qinling.engine", namingStrategy = SNAKE_CASE)
public interface EngineConfig {
  /** Address to listen on. */
  @WithDefault("0.0.0.0")
  String host();

  /** Port to listen on for calls of qinling-api. */
  @WithDefault("7071")
  int port();

  /** Unique among the engines of a deployment; by default the address that is advertised. */
  Optional<String> name();

  /**
   * Where qinling-api and other engines reach this one, as {@code host:port}; by default {@code
   * host} and {@code port}, or the first address of this host when it listens on all.
   */
  Optional<String> advertiseAddress();

  /**
   * How long executions that run may take to end when the engine stops. At most 2 seconds later the
   * process has ended: container engines kill 10 seconds after they asked, unless told otherwise.
   */
  @WithDefault("6s")
  Duration drainTimeout();

  /**
   * What qinling-api must know to be served; at least 16 characters, the same in both services.
   * When it is not set, it is derived from {@code [keystone_authtoken] password} and {@code
   * memcache_secret_key}.
   */
  Optional<String> secret();

  /** What provides workers: {@code kubernetes}, or {@code local}, processes of this host. */
  @WithDefault("kubernetes")
  String orchestrator();

  /** Seconds without an execution after which a function version gives its workers back. */
  @WithDefault("3600")
  long functionServiceExpiration();

  /** Executions that one worker runs at a time. */
  @WithDefault("3")
  int functionConcurrency();

  /** Workers that one function version may hold. */
  @WithDefault("10")
  int maxWorkersPerFunction();

  /** Executions of one function version that may wait for a worker; more are refused. */
  @WithDefault("200")
  int queueLength();

  /**
   * Executions of one project that an engine takes on at a time; more of them wait. No limit when
   * it is not set.
   */
  OptionalInt projectConcurrency();

  /** Executions of one project that may wait beyond {@code project_concurrency}. */
  @WithDefault("200")
  int projectQueueLength();

  /** Longest wait of an execution, for its turn and for a worker. */
  @WithDefault("30s")
  Duration queueTimeout();

  /**
   * What qinling-api allows for the start of an execution; {@code queue_timeout} and what follows
   * it have to fit in.
   */
  @WithDefault("100s")
  Duration startAllowance();

  /** Longest time for unpacking and importing a function's code. */
  @WithDefault("30s")
  Duration loadTimeout();

  /** Largest package in bytes. */
  @WithDefault("52428800")
  long maxPackageSize();

  /** Largest result of an execution, as JSON in bytes. */
  @WithDefault("1048576")
  int maxResultSize();

  /** Largest log of an execution in bytes; what is beyond is cut. */
  @WithDefault("1048576")
  int maxLogSize();

  /**
   * Image of the container that fetches packages, in the pods of {@code [kubernetes] old_images}.
   */
  @WithDefault("openstackqinling/sidecar:0.0.2")
  String sidecarImage();

  /**
   * Address to listen on for workers of {@code [kubernetes] old_images} that fetch packages, if
   * there are any; by default {@code host}.
   */
  Optional<String> packageHost();

  /** Port for them. */
  @WithDefault("7072")
  int packagePort();

  /**
   * Where they reach this engine, as {@code host:port}; by default {@code package_port} of {@code
   * package_host}, or of {@code advertise_address}.
   */
  Optional<String> packageAddress();

  /**
   * Whether metrics are served at {@code /q/metrics}, without authentication, on a port of their
   * own.
   */
  @WithDefault("false")
  boolean enableMetrics();

  /** Address to listen on for those who read metrics. */
  @WithDefault("127.0.0.1")
  String metricsHost();

  /** Port for them. */
  @WithDefault("7074")
  int metricsPort();
}
