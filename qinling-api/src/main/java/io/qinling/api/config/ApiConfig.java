// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Section {@code [api]}. */
@ConfigMapping(prefix = "qinling.api", namingStrategy = SNAKE_CASE)
public interface ApiConfig {
  /** Address to listen on. */
  @WithDefault("0.0.0.0")
  String host();

  /** Port to listen on. */
  @WithDefault("7070")
  int port();

  /** Whether to speak TLS, with the files of section {@code [ssl]}. */
  @WithDefault("false")
  boolean enableSslApi();

  /** How long executions are kept after they were made; without it, for ever. */
  Optional<Duration> executionRetention();

  /**
   * The engines as {@code host:port}, when they are always the same. When it is not set, etcd tells
   * which there are, and without etcd there is one at {@code 127.0.0.1:7071}.
   */
  Optional<List<String>> engines();

  /** Asynchronous executions that may be under way at a time; more are refused. */
  @WithDefault("1000")
  int maxAsyncExecutions();

  /**
   * How long an accepted asynchronous execution is tried while the engine has no worker or cannot
   * be reached.
   */
  @WithDefault("1h")
  Duration asyncPatience();

  /**
   * How often an asynchronous execution is tried when an engine is lost that may have run it; while
   * nothing was run, {@code async_patience} is what counts.
   */
  @WithDefault("5")
  int asyncMaxAttempts();

  /**
   * How long a qinling-api must not have been heard of in the database before the others take its
   * executions over. The same for all that share a database.
   */
  @WithDefault("10s")
  Duration instanceTimeout();

  /**
   * How long a stop waits for executions; what still runs then is taken over by others. At most 2
   * seconds later the process has ended: container engines kill 10 seconds after they asked.
   */
  @WithDefault("6s")
  Duration drainTimeout();

  /** Where packages lie while they are uploaded; emptied at every start. */
  @WithDefault("/var/lib/qinling/upload")
  Path uploadDir();

  /** Versions that a function may have at a time. */
  @WithDefault("10")
  int maxFunctionVersions();

  /** Largest input of an execution in bytes. */
  @WithDefault("1048576")
  int maxInputSize();

  /** Whether this process runs jobs; one that does is enough, several share the work. */
  @WithDefault("true")
  boolean enableJobHandler();

  /**
   * How late a run of a recurring job may be, for instance after an outage; missed runs that are
   * older are skipped.
   */
  @WithDefault("60s")
  Duration jobMisfireGrace();

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
  @WithDefault("7073")
  int metricsPort();
}
