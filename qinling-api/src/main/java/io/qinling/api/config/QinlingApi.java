// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.micrometer.core.instrument.MeterRegistry;
import io.qinling.api.database.SchemaException;
import io.qinling.api.execution.ExecutionStore;
import io.qinling.api.execution.Retention;
import io.qinling.api.function.PackageImport;
import io.qinling.api.identity.Authenticator;
import io.qinling.api.runtime.PoolKeeper;
import io.qinling.check.CheckCommand;
import io.qinling.conf.ConfArguments;
import io.qinling.conf.ConfException;
import io.qinling.error.QinlingException;
import io.qinling.metrics.MetricsListener;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.SmallRyeConfig;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.util.Arrays;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** The process qinling-api. */
@QuarkusMain
public class QinlingApi {
  private static final Logger LOG = Logger.getLogger(QinlingApi.class);

  private static final String PROGRAM = "qinling-api";

  /** The first argument that makes this process qinling-db-manage. */
  private static final String DATABASE_COMMAND = "db-manage";

  /**
   * Takes {@code --config-file} and {@code --config-dir}, each as often as wanted, and {@code
   * check}.
   */
  public static void main(String... arguments) {
    if (arguments.length > 0 && arguments[0].equals(DATABASE_COMMAND)) {
      System.exit(
          new DatabaseCommand(System.out, System.err)
              .run(Arrays.copyOfRange(arguments, 1, arguments.length)));
    }
    if (CheckCommand.isMeant(arguments)) {
      CheckCommand.exit(PROGRAM, new ApiCheck(), arguments);
    }
    try {
      var rest = ConfArguments.apply(PROGRAM, arguments);
      ApiSettings.review(ApiSettings.read()).requirePossible();
      Quarkus.run(rest);
    } catch (ConfException wrong) {
      System.err.println("ERROR: " + wrong.getMessage());
      System.exit(1);
    }
  }

  void start(
      @Observes StartupEvent event,
      Config config,
      MeterRegistry meters,
      ApiConfig api,
      DatabaseConfig database,
      Authenticator authenticator,
      PoolKeeper pools,
      PackageImport packages,
      ExecutionStore executions,
      Clock clock,
      Background background,
      LifeCycle lifeCycle) {
    java.util.logging.Logger.getLogger("").addHandler(Meters.errors(meters));
    ApiSettings.review(config.unwrap(SmallRyeConfig.class)).warn(LOG::warn);
    if (api.enableMetrics()) {
      new MetricsListener("api", api.metricsHost(), api.metricsPort()).requireFree();
    }
    UploadFolder.prepare(api.uploadDir());
    prepare(database);
    lifeCycle.begin();
    pools.makeUsable();
    packages.start(background.executor());
    api.executionRetention()
        .ifPresent(age -> new Retention(executions, clock, age).start(background.executor()));
  }

  private static void prepare(DatabaseConfig database) {
    try {
      DatabaseStart.prepare(database, LOG::warn);
    } catch (SchemaException wrong) {
      // Of these the framework shows the message alone.
      throw new ConfigurationException(wrong.getMessage());
    } catch (QinlingException unreachable) {
      throw new ConfigurationException(DatabaseStart.reason(unreachable));
    }
  }
}
