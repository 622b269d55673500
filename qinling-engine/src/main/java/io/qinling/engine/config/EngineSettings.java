// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.qinling.check.Outcome;
import io.qinling.check.Review;
import io.qinling.conf.ConfSections;
import io.qinling.conf.QinlingConf;
import io.qinling.credentials.ServiceSecret;
import io.qinling.engine.orchestrator.local.HostCheck;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.qinling.tracing.Tracing;
import io.qinling.tracing.TracingConfig;
import io.smallrye.config.SmallRyeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What is impossible or unsafe in the settings of the engine: the one list of these rules. */
final class EngineSettings {
  /** All sections of the engine but that of its log, which nobody else reads. */
  static final List<Class<?>> SECTIONS =
      List.of(
          EngineConfig.class,
          EtcdConfig.class,
          KubernetesConfig.class,
          LocalConfig.class,
          ServiceSecret.class,
          StorageConfig.class,
          TracingConfig.class);

  private static final Set<String> ORCHESTRATORS = Set.of("kubernetes", "local");
  private static final Set<String> PROVIDERS = Set.of("local");

  /** File systems that a restart of the host empties. */
  private static final Set<String> VOLATILE = Set.of("tmpfs", "ramfs");

  private final SmallRyeConfig config;
  private final EngineConfig engine;
  private final Review review = new Review();

  private EngineSettings(SmallRyeConfig config) {
    this.config = config;
    this.engine = config.getConfigMapping(EngineConfig.class);
  }

  /**
   * All sections of the engine, read before the framework starts.
   *
   * @throws io.qinling.conf.ConfException naming options whose value is none of its type
   */
  static SmallRyeConfig read() {
    return ConfSections.read(SECTIONS.toArray(Class<?>[]::new));
  }

  static Review review(SmallRyeConfig config) {
    var settings = new EngineSettings(config);
    settings.review.files(QinlingConf.ofThisProcess());
    settings.review.secret(settings.engine.secret(), settings.section(ServiceSecret.class));
    settings.reviewAddress();
    settings.reviewLimits();
    settings.reviewOrchestrator();
    settings.reviewStorage();
    settings.review.possible(() -> Tracing.requirePossible(settings.section(TracingConfig.class)));
    return settings.review;
  }

  private <T> T section(Class<T> type) {
    return config.getConfigMapping(type);
  }

  private void reviewAddress() {
    review.port("[engine] port", engine.port());
    review.port("[engine] package_port", engine.packagePort());
    var etcd = section(EtcdConfig.class);
    review.etcd(etcd);
    review.possible(() -> {
      var self = EngineIdentity.of(engine);
      boolean elsewhere = EtcdAddresses.of(etcd).filter(members -> !members.areLocal()).isPresent();
      review.add(
          elsewhere && Review.isLoopback(self.host())
              ? Outcome.warning(
                  "address",
                  self.address()
                      + " is what others are told, and only this host reaches it; set [engine]"
                      + " advertise_address")
              : Outcome.ok("address", self.address() + " is what others are told"));
    });
  }

  private void reviewLimits() {
    review.atLeast("[engine] function_concurrency", 1, engine.functionConcurrency());
    review.atLeast("[engine] max_workers_per_function", 1, engine.maxWorkersPerFunction());
    review.atLeast("[engine] function_service_expiration", 1, engine.functionServiceExpiration());
    review.atLeast("[engine] queue_length", 0, engine.queueLength());
    engine
        .projectConcurrency()
        .ifPresent(most -> review.atLeast("[engine] project_concurrency", 1, most));
    review.atLeast("[engine] project_queue_length", 0, engine.projectQueueLength());
    review.atLeast("[engine] max_package_size", 1, engine.maxPackageSize());
    review.atLeast("[engine] max_result_size", 1, engine.maxResultSize());
    review.atLeast("[engine] max_log_size", 0, engine.maxLogSize());
    review.atLeast("[engine] queue_timeout", Duration.ZERO, engine.queueTimeout());
    review.atLeast("[engine] load_timeout", Duration.ofSeconds(1), engine.loadTimeout());
    review.atLeast("[engine] drain_timeout", Duration.ZERO, engine.drainTimeout());
    requireFits("load_timeout", engine.loadTimeout());
  }

  /**
   * @param option what may come after the wait in the queue, before the function's own time
   */
  private void requireFits(String option, Duration time) {
    var longest = engine.queueTimeout().plus(time);
    review.unsafe(
        longest.compareTo(engine.startAllowance()) > 0,
        "[engine] queue_timeout and %s together, %d s, are more than start_allowance, %d s, after which qinling-api gives up; raise start_allowance for both services"
            .formatted(option, longest.toSeconds(), engine.startAllowance().toSeconds()));
  }

  private void reviewOrchestrator() {
    requireKnown("[engine] orchestrator", engine.orchestrator(), ORCHESTRATORS);
    if (engine.orchestrator().equals("local")) {
      review.possible(() -> {
        var _ = EngineParts.settings(engine, section(LocalConfig.class));
      });
      review.unsafe(
          !HostCheck.isRoot(),
          "[engine] orchestrator = local, and the engine is not root: functions run as its user and"
              + " may read its files and secrets. Run it as root, or set orchestrator = kubernetes");
      return;
    }
    var kubernetes = section(KubernetesConfig.class);
    review.atLeast("[kubernetes] start_timeout", Duration.ofSeconds(1), kubernetes.startTimeout());
    review.possible(new KubernetesParts(engine, kubernetes, config)::requirePossible);
    requireFits("[kubernetes] image_start_timeout", kubernetes.imageStartTimeout());
    if (kubernetes.kubeHost().startsWith("https:")) {
      review.key("[kubernetes] key_file", kubernetes.keyFile());
    }
  }

  private void reviewStorage() {
    var storage = section(StorageConfig.class);
    requireKnown("[storage] provider", storage.provider(), PROVIDERS);
    review.unsafe(
        isVolatile(storage.fileSystemDir()),
        "[storage] file_system_dir = "
            + storage.fileSystemDir()
            + " is in memory, and its packages are gone when this host restarts; name a folder on a"
            + " disk");
  }

  private static boolean isVolatile(Path folder) {
    try {
      return Files.exists(folder) && VOLATILE.contains(Files.getFileStore(folder).type());
    } catch (java.io.IOException unknown) {
      return false;
    }
  }

  private void requireKnown(String option, String value, Set<String> known) {
    review.impossible(
        !known.contains(value),
        option
            + " = "
            + value
            + " is unknown; known: "
            + String.join(", ", known.stream().sorted().toList()));
  }
}
