// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.qinling.check.Check;
import io.qinling.check.CheckCommand;
import io.qinling.check.CommonChecks;
import io.qinling.check.Outcome;
import io.qinling.check.Review;
import io.qinling.engine.orchestrator.local.HostCheck;
import io.qinling.engine.orchestrator.local.LocalSettings;
import io.qinling.etcd.EtcdConfig;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** What {@code qinling-engine check} looks at. */
final class EngineCheck implements CheckCommand.Service {
  /** Packages of the largest size for which there should be room. */
  private static final int ROOM = 10;

  private static final int MIB = 1024 * 1024;

  private SmallRyeConfig config;

  @Override
  public Review review() {
    config = EngineSettings.read();
    return EngineSettings.review(config);
  }

  @Override
  public List<Check> checks() {
    return List.of(
        new Check("etcd", () -> List.of(CommonChecks.etcd(section(EtcdConfig.class)))),
        new Check("storage", () -> List.of(storage())),
        engine().orchestrator().equals("local")
            ? new Check("local", this::local)
            : new Check("kubernetes", () -> List.of(kubernetes())));
  }

  private <T> T section(Class<T> type) {
    return config.getConfigMapping(type);
  }

  private EngineConfig engine() {
    return section(EngineConfig.class);
  }

  private Outcome storage() throws IOException {
    var folder = section(StorageConfig.class).fileSystemDir();
    var option = "[storage] file_system_dir";
    var outcome = CommonChecks.folder("storage", option, folder);
    if (outcome.verdict() != Outcome.Verdict.OK || !Files.exists(folder)) {
      return outcome;
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    var room = "%s, and %d MiB are free there".formatted(outcome.text(), free / MIB);
    return free < ROOM * engine().maxPackageSize()
        ? Outcome.warning(
            "storage",
            "%s: %s; make room for more packages of [engine] max_package_size"
                .formatted(option, room))
        : Outcome.ok("storage", room);
  }

  private Outcome kubernetes() {
    var kubernetes = section(KubernetesConfig.class);
    var vertx = Vertx.vertx();
    try {
      return new KubernetesParts(engine(), kubernetes, config)
          .trouble(vertx)
          .map(trouble -> Outcome.failed("kubernetes", trouble))
          .orElseGet(() ->
              Outcome.ok(
                  "kubernetes",
                  "%s answers, and namespace %s is ready for workers"
                      .formatted(kubernetes.kubeHost(), kubernetes.namespace())));
    } finally {
      var _ = vertx.close();
    }
  }

  private List<Outcome> local() throws IOException, InterruptedException {
    var settings = EngineParts.settings(engine(), section(LocalConfig.class));
    var folder = CommonChecks.folder("local", "[local] worker_dir", settings.workerDir());
    return List.of(runtimes(settings), folder, confinement(settings));
  }

  private static Outcome runtimes(LocalSettings settings) {
    var runtimes = HostCheck.runtimes(settings);
    return runtimes.isEmpty()
        ? Outcome.failed(
            "local",
            "[local] runtimes_dir = "
                + settings.runtimesDir()
                + " has none of the runtimes of [local] images")
        : Outcome.ok("local", "runtimes: " + String.join(", ", runtimes));
  }

  private static Outcome confinement(LocalSettings settings)
      throws IOException, InterruptedException {
    return HostCheck.confinementTrouble(settings)
        .map(trouble ->
            Outcome.failed(
                "local",
                "workers cannot be confined here: "
                    + trouble
                    + "; run the engine as root, or set [engine] orchestrator = kubernetes"))
        .orElseGet(() -> Outcome.ok("local", "workers can be confined"));
  }
}
