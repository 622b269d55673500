// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The API server, and a copy in memory of what Qinling has there. It is connected anew when a
 * certificate file changes. While the API server is away, the copy is what was known last.
 */
final class ClusterConnection implements AutoCloseable {
  /** Is told what happens in the cluster, more than once perhaps; must not block. */
  interface Watcher {
    void changed(Pod pod);

    void gone(Pod pod);

    void changed(Deployment pool);

    void gone(Deployment pool);

    /** All that there is has been told; what was not is gone. */
    void listed();
  }

  private record Connected(
      String fingerprint,
      KubernetesClient client,
      SharedIndexInformer<Pod> pods,
      SharedIndexInformer<Deployment> pools) {
    void close() {
      pods.close();
      pools.close();
      client.close();
    }
  }

  private static final Logger LOG = Logger.getLogger(ClusterConnection.class);
  private static final Duration CHECKED_EVERY = Duration.ofSeconds(5);
  private static final int CONNECT_MILLIS = 3_000;
  private static final int REQUEST_MILLIS = 15_000;
  private static final int RECONNECT_MILLIS = 500;

  private final ReentrantLock connecting = new ReentrantLock();
  private final KubernetesSettings settings;
  private final TlsMaterial tls;
  private final HttpClient.Factory http;
  private final ClusterFailures failures;
  private final Watcher watcher;
  private final ScheduledFuture<?> checks;
  private volatile Optional<Connected> connected = Optional.empty();
  private volatile Optional<String> trouble = Optional.empty();
  private boolean closed;

  ClusterConnection(
      KubernetesSettings settings,
      TlsMaterial tls,
      HttpClient.Factory http,
      Watcher watcher,
      ExecutorService blocking,
      ScheduledExecutorService timer) {
    this.settings = settings;
    this.tls = tls;
    this.http = http;
    this.failures = new ClusterFailures(settings);
    this.watcher = watcher;
    this.checks =
        timer.scheduleWithFixedDelay(
            () -> blocking.execute(this::check),
            CHECKED_EVERY.toMillis(),
            CHECKED_EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Connects, or says why it cannot and goes on trying. */
  void start() {
    check();
  }

  ClusterFailures failures() {
    return failures;
  }

  /**
   * @throws QinlingException UNAVAILABLE when the files of the certificate cannot be used
   */
  KubernetesClient client() {
    return connected.map(Connected::client).orElseThrow(() -> ClusterFailures.unreachable(null));
  }

  List<Pod> pods() {
    return connected.map(now -> now.pods().getStore().list()).orElse(List.of());
  }

  Optional<Pod> pod(String name) {
    return connected.map(now -> now.pods().getStore().getByKey(key(name)));
  }

  List<Deployment> pools() {
    return connected.map(now -> now.pools().getStore().list()).orElse(List.of());
  }

  private String key(String name) {
    return settings.namespace() + "/" + name;
  }

  private void check() {
    connecting.lock();
    try {
      if (!closed) {
        connectIfChanged();
        connected
            .filter(now -> now.pods().isWatching() && now.pools().isWatching())
            .ifPresent(_ -> recovered());
      }
    } catch (IOException unusable) {
      troubled(unusable.getMessage());
    } catch (RuntimeException failed) {
      troubled(failures.explain(failed));
    } finally {
      connecting.unlock();
    }
  }

  private void connectIfChanged() throws IOException {
    var fingerprint = tls.fingerprint();
    if (connected.filter(now -> now.fingerprint().equals(fingerprint)).isPresent()) {
      return;
    }
    var earlier = connected;
    connected = Optional.of(connect(fingerprint));
    earlier.ifPresent(old -> {
      LOG.info("The certificate files have changed; the API server is connected anew");
      old.close();
    });
  }

  private Connected connect(String fingerprint) throws IOException {
    var config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(settings.host())
            .withNamespace(settings.namespace())
            .withConnectionTimeout(CONNECT_MILLIS)
            .withRequestTimeout(REQUEST_MILLIS)
            .withRequestRetryBackoffLimit(1)
            .withWatchReconnectInterval(RECONNECT_MILLIS)
            .build();
    var client = client(config);
    var pods =
        client
            .pods()
            .inNamespace(settings.namespace())
            .withLabel(Labels.MANAGED_BY, Labels.QINLING)
            .runnableInformer(0)
            .exceptionHandler(this::goOn)
            .addEventHandler(handler(watcher::changed, watcher::gone));
    var pools =
        client
            .apps()
            .deployments()
            .inNamespace(settings.namespace())
            .withLabel(Labels.MANAGED_BY, Labels.QINLING)
            .runnableInformer(0)
            .exceptionHandler(this::goOn)
            .addEventHandler(handler(watcher::changed, watcher::gone));
    // Pools first, so that every pod has one.
    var _ = pools.start().thenCompose(_ -> pods.start()).thenRun(watcher::listed);
    return new Connected(fingerprint, client, pods, pools);
  }

  private KubernetesClient client(Config config) throws IOException {
    try {
      return new KubernetesClientBuilder()
          .withConfig(config)
          .withHttpClientFactory(http)
          .withHttpClientBuilderConsumer(builder -> {
            try {
              tls.applyTo(builder);
            } catch (IOException unusable) {
              throw new UncheckedIOException(unusable);
            }
          })
          .build();
    } catch (UncheckedIOException unusable) {
      throw unusable.getCause();
    }
  }

  private boolean goOn(boolean started, Throwable failure) {
    troubled(failures.explain(failure));
    return true;
  }

  private static <T extends HasMetadata> ResourceEventHandler<T> handler(
      Consumer<T> changed, Consumer<T> gone) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(T added) {
        changed.accept(added);
      }

      @Override
      public void onUpdate(T before, T now) {
        changed.accept(now);
      }

      @Override
      public void onDelete(T deleted, boolean stateUnknown) {
        gone.accept(deleted);
      }
    };
  }

  private void troubled(String reason) {
    if (!trouble.equals(Optional.of(reason))) {
      trouble = Optional.of(reason);
      LOG.error(reason);
    }
  }

  private void recovered() {
    if (trouble.isPresent()) {
      trouble = Optional.empty();
      LOG.infof("The API server is reached: host=%s", settings.host());
    }
  }

  @Override
  public void close() {
    checks.cancel(false);
    connecting.lock();
    try {
      closed = true;
      connected.ifPresent(Connected::close);
      connected = Optional.empty();
    } finally {
      connecting.unlock();
    }
  }
}
