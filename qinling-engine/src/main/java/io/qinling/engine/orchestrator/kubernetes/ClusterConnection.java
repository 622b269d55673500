// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The API server, and a copy in memory of what Qinling has there. It is connected anew when a
 * certificate file changes, and after it was away, so that nothing is missed. Meanwhile the copy is
 * what was known last.
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
    void follow(Runnable listed) {
      // Pools first, so that every pod has one.
      var _ = pools.start().thenCompose(_ -> pods.start()).thenRun(listed);
    }

    /** The copy stays. */
    void unfollow() {
      pods.close();
      pools.close();
    }
  }

  private static final Logger LOG = Logger.getLogger(ClusterConnection.class);
  private static final Duration CHECKED_EVERY = Duration.ofSeconds(5);
  private static final int ASK_MILLIS = 3_000;

  /** Held while the cluster is asked, which may take long. */
  private final ReentrantLock connecting = new ReentrantLock();

  /** Held while one connection takes the place of another. */
  private final ReentrantLock following = new ReentrantLock();

  private final KubernetesSerialization json = new KubernetesSerialization();
  private final KubernetesSettings settings;
  private final TlsMaterial tls;
  private final ClusterAccess access;
  private final ClusterFailures failures;
  private final Watcher watcher;
  private final ExecutorService blocking;
  private final ScheduledExecutorService timer;
  private final ScheduledFuture<?> checks;
  private volatile Optional<Connected> connected = Optional.empty();

  /** Where the copy is: in an earlier connection until a new one has listed everything. */
  private volatile Optional<Connected> copied = Optional.empty();

  private final AtomicReference<Optional<Trouble>> trouble =
      new AtomicReference<>(Optional.empty());

  /** The connection that the trouble was with. */
  private volatile Optional<Connected> broken = Optional.empty();

  /** Whether the engine was seen to have all it needs of the cluster, and no trouble since. */
  private volatile boolean proven;

  private volatile boolean closed;

  ClusterConnection(
      KubernetesSettings settings,
      TlsMaterial tls,
      HttpClient.Factory http,
      Watcher watcher,
      ExecutorService blocking,
      ScheduledExecutorService timer) {
    this.settings = settings;
    this.tls = tls;
    this.access = new ClusterAccess(settings, tls, http, json);
    this.failures = new ClusterFailures(settings, this::troubled);
    this.watcher = watcher;
    this.blocking = blocking;
    this.timer = timer;
    this.checks =
        timer.scheduleWithFixedDelay(
            () -> blocking.execute(this::check),
            CHECKED_EVERY.toMillis(),
            CHECKED_EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Connects, or says why it cannot and goes on trying. */
  void start() {
    connecting.lock();
    try {
      connectIfChanged();
    } catch (IOException | RuntimeException failed) {
      troubled(failed);
    } finally {
      connecting.unlock();
    }
    blocking.execute(this::check);
  }

  /**
   * What keeps the engine from using the cluster, which is asked for it; empty when nothing does.
   *
   * @return {@link Trouble#advice}
   */
  Optional<String> trouble() {
    if (trouble.get().isEmpty()) {
      try {
        CompletableFuture.runAsync(this::ask, blocking).get(ASK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (ExecutionException failed) {
        met(failed.getCause());
      } catch (TimeoutException silent) {
        troubled(new TimeoutException("no answer within " + ASK_MILLIS + " ms"));
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
      }
    }
    return trouble.get().map(Trouble::advice);
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
    return copied.map(now -> now.pods().getStore().list()).orElse(List.of());
  }

  Optional<Pod> pod(String name) {
    return copied.map(now -> now.pods().getStore().getByKey(key(name)));
  }

  List<Deployment> pools() {
    return copied.map(now -> now.pools().getStore().list()).orElse(List.of());
  }

  private String key(String name) {
    return settings.namespace() + "/" + name;
  }

  private void check() {
    if (!connecting.tryLock()) {
      return; // It is being done, and would only be waited for.
    }
    try {
      if (!closed) {
        connectIfChanged();
        if (!proven) {
          examine();
        }
      }
    } catch (IOException | RuntimeException failed) {
      troubled(failed);
    } finally {
      connecting.unlock();
    }
  }

  private void examine() throws IOException {
    // Connections that were broken off in silence would be waited for, one after the other.
    try (var anew = access.client()) {
      access.examine(anew, failures).ifPresentOrElse(this::troubled, this::prove);
    }
  }

  private void ask() {
    access.ask(client());
  }

  private void prove() {
    // A watch that was broken off in silence would go on waiting.
    broken.filter(this::isCurrent).ifPresent(this::replace);
    broken = Optional.empty();
    proven = true;
    if (trouble.getAndSet(Optional.empty()).isPresent()) {
      LOG.infof("The API server is reached: host=%s", settings.host());
    }
  }

  private void replace(Connected now) {
    try {
      connectAnew(now.fingerprint());
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  private void connectIfChanged() throws IOException {
    var fingerprint = tls.fingerprint();
    if (connected.filter(now -> now.fingerprint().equals(fingerprint)).isEmpty()) {
      boolean changed = connected.isPresent();
      connectAnew(fingerprint);
      proven = false;
      if (changed) {
        LOG.info("The certificate files have changed; the API server is connected anew");
      }
    }
  }

  private void connectAnew(String fingerprint) throws IOException {
    var now = connect(fingerprint);
    if (!closed) {
      become(Optional.of(now));
      blocking.execute(() -> follow(now));
    }
  }

  private void become(Optional<Connected> next) {
    following.lock();
    try {
      connected.ifPresent(old -> {
        old.unfollow();
        // Requests that are under way have their time.
        var _ =
            timer.schedule(
                old.client()::close, ClusterAccess.REQUEST_MILLIS, TimeUnit.MILLISECONDS);
      });
      connected = next;
    } finally {
      following.unlock();
    }
  }

  private void follow(Connected now) {
    following.lock();
    try {
      if (isCurrent(now)) {
        // Otherwise done on an event loop, which it would keep for seconds the first time.
        json.unmarshal("{}", PodList.class);
        json.unmarshal("{}", DeploymentList.class);
        now.follow(() -> listed(now));
      }
    } finally {
      following.unlock();
    }
  }

  private void listed(Connected now) {
    if (isCurrent(now)) {
      copied = Optional.of(now);
      watcher.listed();
    }
  }

  private boolean isCurrent(Connected now) {
    return connected.equals(Optional.of(now));
  }

  private Connected connect(String fingerprint) throws IOException {
    var client = access.client();
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
    return new Connected(fingerprint, client, pods, pools);
  }

  private boolean goOn(boolean started, Throwable failure) {
    blocking.execute(() -> met(failure));
    return true;
  }

  private void met(Throwable failure) {
    if (ClusterFailures.isForbidden(failure)) {
      // Others may be lacking too, and all are named at once.
      proven = false;
      check();
    } else {
      troubled(failure);
    }
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

  private void troubled(Throwable failure) {
    troubled(failures.diagnose(failure));
  }

  private void troubled(Trouble now) {
    if (closed) {
      return;
    }
    proven = false;
    broken = connected;
    var before = trouble.getAndSet(Optional.of(now));
    if (before.filter(known -> known.advice().equals(now.advice())).isEmpty()) {
      LOG.error(now.line());
    }
  }

  @Override
  public void close() {
    checks.cancel(false);
    closed = true;
    become(Optional.empty());
  }
}
