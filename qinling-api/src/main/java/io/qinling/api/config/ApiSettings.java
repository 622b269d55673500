// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.check.Review;
import io.qinling.conf.ConfSections;
import io.qinling.conf.QinlingConf;
import io.qinling.credentials.ServiceSecret;
import io.qinling.etcd.EtcdConfig;
import io.qinling.tracing.Tracing;
import io.qinling.tracing.TracingConfig;
import io.smallrye.config.SmallRyeConfig;
import java.time.Duration;
import java.util.List;

/** What is impossible or unsafe in the settings of the api: the one list of these rules. */
final class ApiSettings {
  /** All sections of the api but that of its log, which nobody else reads. */
  static final List<Class<?>> SECTIONS =
      List.of(
          ApiConfig.class,
          AuthenticationConfig.class,
          CorsConfig.class,
          DatabaseConfig.class,
          EarlierPackages.class,
          EngineAccessConfig.class,
          EtcdConfig.class,
          KeystoneConfig.class,
          LimitsConfig.class,
          PolicyConfig.class,
          ServiceConfig.class,
          ServiceSecret.class,
          TlsConfig.class,
          TracingConfig.class);

  /** The database is asked five times within it. */
  private static final Duration SHORTEST_INSTANCE_TIMEOUT = Duration.ofSeconds(1);

  private final SmallRyeConfig config;
  private final ApiConfig api;
  private final DatabaseConfig database;
  private final EtcdConfig etcd;
  private final Review review = new Review();

  private ApiSettings(SmallRyeConfig config) {
    this.config = config;
    this.api = config.getConfigMapping(ApiConfig.class);
    this.database = config.getConfigMapping(DatabaseConfig.class);
    this.etcd = config.getConfigMapping(EtcdConfig.class);
  }

  /**
   * All sections of the api, read before the framework starts.
   *
   * @throws io.qinling.conf.ConfException naming options whose value is none of its type
   */
  static SmallRyeConfig read() {
    return ConfSections.read(SECTIONS.toArray(Class<?>[]::new));
  }

  static Review review(SmallRyeConfig config) {
    var settings = new ApiSettings(config);
    settings.review.files(QinlingConf.ofThisProcess());
    settings.reviewApi();
    settings.reviewCallers();
    settings.reviewEngines();
    settings.reviewDatabase();
    return settings.review;
  }

  private <T> T section(Class<T> type) {
    return config.getConfigMapping(type);
  }

  private void reviewApi() {
    review.port("[api] port", api.port());
    review.atLeast("[api] max_async_executions", 1, api.maxAsyncExecutions());
    review.atLeast("[api] async_max_attempts", 1, api.asyncMaxAttempts());
    review.atLeast("[api] max_function_versions", 1, api.maxFunctionVersions());
    review.atLeast("[api] max_input_size", 1, api.maxInputSize());
    review.atLeast("[api] instance_timeout", SHORTEST_INSTANCE_TIMEOUT, api.instanceTimeout());
    review.atLeast("[api] drain_timeout", Duration.ZERO, api.drainTimeout());
    review.atLeast("[api] async_patience", Duration.ZERO, api.asyncPatience());
    review.atLeast("[api] job_misfire_grace", Duration.ZERO, api.jobMisfireGrace());
    review.possible(() -> ApiParts.limits(section(LimitsConfig.class)));
    review.possible(() -> Tracing.requirePossible(section(TracingConfig.class)));
    if (api.enableSslApi()) {
      var tls = section(TlsConfig.class);
      review.possible(() -> TlsListener.requireFiles(tls));
      tls.keyFile().ifPresent(file -> review.key("[ssl] key_file", file));
    }
  }

  private void reviewCallers() {
    if (!section(AuthenticationConfig.class).authEnable()) {
      review.unsafe(
          !Review.isLoopback(api.host()),
          "[pecan] auth_enable = false and [api] host = "
              + api.host()
              + ": whoever reaches the port may do everything. Set auth_enable = true, or host ="
              + " 127.0.0.1");
      review.unsafe(
          section(CorsConfig.class).allowedOrigin().filter(all -> all.contains("*")).isPresent(),
          "[cors] allowed_origin = * and [pecan] auth_enable = false: any page in a browser of"
              + " somebody who reaches the port may do everything. Name the origins");
      return;
    }
    var keystone = section(KeystoneConfig.class);
    review.possible(() -> KeystoneParts.options(keystone));
    review.unsafe(
        keystone.insecure(),
        "[keystone_authtoken] insecure = true: Keystone's certificate is not checked, so that"
            + " passwords may go to anybody. Set cafile, and insecure = false");
    keystone.keyfile().ifPresent(file -> review.key("[keystone_authtoken] keyfile", file));
  }

  private void reviewEngines() {
    var engine = section(EngineAccessConfig.class);
    review.secret(engine.secret(), section(ServiceSecret.class));
    review.atLeast("[engine] start_allowance", Duration.ofSeconds(1), engine.startAllowance());
    if (api.engines().isEmpty()) {
      review.etcd(etcd);
    }
  }

  private void reviewDatabase() {
    review.possible(database::url);
    review.unsafe(
        database.connection().startsWith("h2:")
            && (etcd.host().isPresent() || etcd.endpoints().isPresent()),
        "[database] connection = h2 and section [etcd]: only one qinling-api can use a database of"
            + " H2. Use MariaDB or PostgreSQL, as docs/databases.md tells, when there are several");
  }
}
