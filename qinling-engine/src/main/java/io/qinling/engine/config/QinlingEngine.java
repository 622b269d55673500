// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.client.CollectorRegistry;
import io.qinling.check.CheckCommand;
import io.qinling.conf.ConfArguments;
import io.qinling.conf.ConfException;
import io.qinling.credentials.SharedSecret;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.execution.Executions;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.placement.Placements;
import io.qinling.error.QinlingException;
import io.qinling.metrics.MetricsListener;
import io.qinling.stop.StopLimit;
import io.quarkus.grpc.runtime.GrpcServerRecorder;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.SmallRyeConfig;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** The process qinling-engine. */
@QuarkusMain
public class QinlingEngine {
  private static final Logger LOG = Logger.getLogger(QinlingEngine.class);

  private static final String PROGRAM = "qinling-engine";

  /**
   * Takes {@code --config-file} and {@code --config-dir}, each as often as wanted, and {@code
   * check}.
   */
  public static void main(String... arguments) {
    if (CheckCommand.isMeant(arguments)) {
      CheckCommand.exit(PROGRAM, new EngineCheck(), arguments);
    }
    try {
      var rest = ConfArguments.apply(PROGRAM, arguments);
      EngineSettings.review(EngineSettings.read()).requirePossible();
      Quarkus.run(rest);
    } catch (ConfException wrong) {
      System.err.println("ERROR: " + wrong.getMessage());
      System.exit(1);
    }
  }

  /**
   * Gives everything it owns to the other engines, and lets what runs end, as long as a stop may
   * take; what waits is refused at once and goes to them.
   *
   * @see io.quarkus.runtime.ShutdownDelayInitiatedEvent
   */
  void drain(
      @Observes ShutdownDelayInitiatedEvent event,
      EngineConfig engine,
      Coordination coordination,
      Placements placements,
      Executions executions) {
    long begun = System.nanoTime();
    StopLimit.begin(engine.drainTimeout());
    try {
      coordination.drain();
    } catch (QinlingException away) {
      LOG.warn("The others could not be told that this engine stops");
    }
    placements.close();
    // Not before: what came until then runs.
    var running = executions.drained();
    try {
      var rest = engine.drainTimeout().minusNanos(System.nanoTime() - begun);
      running.get(rest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException late) {
      LOG.warn("Executions were still running when the engine had to stop");
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    coordination.close();
  }

  /** Has all parts made at the start, so that what is wrong with the configuration shows then. */
  void start(
      @Observes StartupEvent event,
      Config config,
      EngineConfig engine,
      SharedSecret secret,
      Coordination coordination,
      Executions executions,
      Orchestrator orchestrator,
      MeterRegistry meters,
      CollectorRegistry collectors) {
    java.util.logging.Logger.getLogger("").addHandler(Meters.errors(meters));
    collectors.register(new PoolMetrics(orchestrator));
    EngineSettings.review(config.unwrap(SmallRyeConfig.class)).warn(LOG::warn);
    if (engine.enableMetrics()) {
      new MetricsListener("engine", engine.metricsHost(), engine.metricsPort()).requireFree();
    }
    LOG.debugf("The engine is complete: %s, %s", secret, executions);
    // Quarkus logs that the server did not start, but goes on without it.
    if (GrpcServerRecorder.getVerticleCount() == 0) {
      throw new ConfigurationException(
          "Cannot listen on [engine] host "
              + engine.host()
              + ", port "
              + engine.port()
              + ": the port is in use, or the address is not this host's");
    }
    // Not before it listens: an earlier process of its address must be known to be gone.
    coordination.start();
  }
}
