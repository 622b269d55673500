// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static java.util.stream.Collectors.joining;

import io.opentelemetry.api.OpenTelemetry;
import io.qinling.api.database.Schema;
import io.qinling.api.database.SchemaException;
import io.qinling.api.engine.routing.EngineReport;
import io.qinling.api.engine.routing.RoutedEngine;
import io.qinling.api.keystone.KeystoneClient;
import io.qinling.api.policy.PolicyLoader;
import io.qinling.check.Check;
import io.qinling.check.CheckCommand;
import io.qinling.check.CommonChecks;
import io.qinling.check.Outcome;
import io.qinling.check.Review;
import io.qinling.credentials.ServiceSecret;
import io.qinling.error.QinlingException;
import io.qinling.etcd.EtcdConfig;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;

/** What {@code qinling-api check} looks at. */
final class ApiCheck implements CheckCommand.Service {
  /** H2's error DATABASE_ALREADY_OPEN. */
  private static final int OPEN_ELSEWHERE = 90020;

  /** With which Keystone's default policy tells who tokens belong to. */
  private static final Set<String> ROLES = Set.of("service", "admin");

  private SmallRyeConfig config;

  @Override
  public Review review() {
    config = ApiSettings.read();
    return ApiSettings.review(config);
  }

  @Override
  public List<Check> checks() {
    return List.of(
        new Check("database", () -> List.of(database())),
        new Check("keystone", () -> List.of(keystone())),
        new Check("policy", this::policy),
        new Check("listener", () -> List.of(listener())),
        new Check("uploads", () -> List.of(uploads())),
        new Check("etcd", () -> List.of(etcd())),
        new Check("engine", this::engines));
  }

  private <T> T section(Class<T> type) {
    return config.getConfigMapping(type);
  }

  private Outcome database() {
    var url = section(DatabaseConfig.class).url();
    var newFile = url.file().filter(file -> !Files.exists(file));
    if (newFile.isPresent()) {
      return CommonChecks.folder("database", "[database] connection", newFile.get());
    }
    try {
      var schema = new Schema(url);
      var pending = schema.pending();
      return pending.isEmpty()
          ? Outcome.ok("database", "the tables are those of this release: " + schema.version())
          : Outcome.warning(
              "database",
              "migrations are to be run, by the next start or `qinling-db-manage upgrade head`: "
                  + String.join(", ", pending));
    } catch (QinlingException away) {
      if (away.getCause() instanceof SQLException said && said.getErrorCode() == OPEN_ELSEWHERE) {
        return Outcome.warning(
            "database",
            "a process, presumably qinling-api, has the file open; nobody else may look");
      }
      return Outcome.failed("database", "[database] connection: " + DatabaseStart.reason(away));
    } catch (SchemaException wrong) {
      return Outcome.failed("database", "[database] connection: " + wrong.getMessage());
    }
  }

  private Outcome keystone() {
    if (!section(AuthenticationConfig.class).authEnable()) {
      return Outcome.notConfigured("keystone", "[pecan] auth_enable = false: nobody authenticates");
    }
    var options = KeystoneParts.options(section(KeystoneConfig.class));
    try (var keystone = new KeystoneClient(options, Clock.systemUTC())) {
      var roles = new TreeSet<>(keystone.ownRoles());
      return Collections.disjoint(roles, ROLES)
          ? Outcome.warning(
              "keystone",
              "the user of [keystone_authtoken] has the roles "
                  + roles
                  + " in its project, and Keystone tells who tokens belong to only to those with the"
                  + " role service or admin, unless its policy says otherwise")
          : Outcome.ok("keystone", options.authUrl() + " accepts the service");
    } catch (QinlingException away) {
      return Outcome.failed(
          "keystone",
          "[keystone_authtoken] auth_url = "
              + options.authUrl()
              + " cannot be used: "
              + CheckCommand.reason(away.getCause()));
    }
  }

  private List<Outcome> policy() {
    if (!section(AuthenticationConfig.class).authEnable()) {
      return List.of(
          Outcome.notConfigured("policy", "[pecan] auth_enable = false: everything is allowed"));
    }
    var loaded = new PolicyLoader(PolicyParts.settings(section(PolicyConfig.class))).load();
    var outcomes = new ArrayList<Outcome>();
    outcomes.add(
        Outcome.ok(
            "policy",
            loaded.files().isEmpty()
                ? "there is no file, so that the defaults hold"
                : loaded.files().stream().map(Path::toString).collect(joining(", "))));
    loaded.findings().stream()
        .map(finding ->
            finding.isError()
                ? Outcome.failed("policy", finding.message())
                : Outcome.warning("policy", finding.message()))
        .forEach(outcomes::add);
    return outcomes;
  }

  private Outcome listener() {
    var api = section(ApiConfig.class);
    var address = api.host() + ":" + api.port();
    if (!api.enableSslApi()) {
      return Outcome.ok("listener", "http on " + address);
    }
    var vertx = Vertx.vertx();
    try {
      return Outcome.ok(
          "listener",
          "https on "
              + address
              + ", with a certificate until "
              + TlsListener.usableUntil(section(TlsConfig.class), vertx));
    } finally {
      var _ = vertx.close();
    }
  }

  private Outcome uploads() {
    return CommonChecks.folder("uploads", "[api] upload_dir", section(ApiConfig.class).uploadDir());
  }

  private Outcome etcd() {
    return section(ApiConfig.class).engines().isPresent()
        ? Outcome.notConfigured("etcd", "[api] engines names the engines")
        : CommonChecks.etcd(section(EtcdConfig.class));
  }

  private List<Outcome> engines() {
    var parts = new EngineParts();
    try (var directory = parts.directory(section(ApiConfig.class), section(EtcdConfig.class));
        var clients =
            parts.clients(
                directory,
                section(EngineAccessConfig.class),
                section(ServiceSecret.class),
                OpenTelemetry.noop());
        var background = Executors.newVirtualThreadPerTaskExecutor()) {
      var reports = new RoutedEngine(directory, clients, background).reports();
      if (reports.isEmpty()) {
        return List.of(
            Outcome.failed(
                "engine",
                "there is none: start a qinling-engine with the same section [etcd], or set [api]"
                    + " engines"));
      }
      boolean one = reports.stream().anyMatch(report -> report.failure().isEmpty());
      return reports.stream().map(report -> outcome(report, one)).toList();
    }
  }

  /**
   * @param oneAnswers whether there is an engine to serve
   */
  private static Outcome outcome(EngineReport report, boolean oneAnswers) {
    if (report.failure().isPresent()) {
      var text =
          "%s: %s; see [api] engines, or section [etcd] if it is not set"
              .formatted(report.address(), CheckCommand.reason(report.failure().get()));
      return oneAnswers ? Outcome.warning("engine", text) : Outcome.failed("engine", text);
    }
    return report
        .orchestratorTrouble()
        .map(trouble -> Outcome.warning("engine", report.address() + " has no workers: " + trouble))
        .orElseGet(
            () -> Outcome.ok("engine", report.address() + " answers and has the same secret"));
  }
}
