// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;

/** Does for a worker that waits in its pool what a claim needs done. */
final class WorkerPreparation implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(WorkerPreparation.class);

  /** A worker listens some time after its container was started. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(30);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** Failed attempts after which the pool is said to be in trouble: after some seconds. */
  private static final int TELLING = 9;

  private final WorkerAddresses addresses;
  private final WorkerIntroduction introduction;
  private final WorkerSecrets secrets;
  private final ClusterFailures failures;
  private final Runnable becameFree;
  private final ExecutorService blocking;
  private volatile boolean closed;

  /**
   * @param becameFree called when there is one more free worker
   */
  WorkerPreparation(
      WorkerAddresses addresses,
      WorkerIntroduction introduction,
      WorkerSecrets secrets,
      ClusterFailures failures,
      Runnable becameFree,
      ExecutorService blocking) {
    this.addresses = addresses;
    this.introduction = introduction;
    this.secrets = secrets;
    this.failures = failures;
    this.becameFree = becameFree;
    this.blocking = blocking;
  }

  /** Prepares a free worker until it is ready to be claimed, or is none any more. */
  void begin(KubernetesPool pool, Pod pod) {
    blocking.execute(() -> prepare(pool, pod));
  }

  private void prepare(KubernetesPool pool, Pod pod) {
    var pause = FIRST_PAUSE;
    for (int failed = 0; !closed && pool.isUnprepared(pod); failed++) {
      try {
        var worker = worker(pod);
        introduction.introduce(worker, PoolManifest.firstSecret(pod.getSpec()));
        if (pool.prepared(pod, worker)) {
          becameFree.run();
        }
        return;
      } catch (KubernetesClientException refused) {
        tell(pool, pod, failed, failures.explain(refused));
      } catch (IOException | QinlingException unusable) {
        tell(pool, pod, failed, unusable.getMessage());
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        return;
      }
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  private static void tell(KubernetesPool pool, Pod pod, int failed, String reason) {
    if (failed == TELLING) {
      var name = pod.getMetadata().getName();
      LOG.warnf("A worker cannot be used: worker=%s reason=%s", name, reason);
      pool.unusable(pod, "A worker cannot be used: " + reason);
    }
  }

  /** The worker that a pod is. */
  Worker worker(Pod pod) {
    return new Worker(
        pod.getMetadata().getName(), addresses.of(pod), secrets.of(pod), OldImages.protocolOf(pod));
  }

  /** What is being prepared is left to other engines. */
  @Override
  public void close() {
    closed = true;
  }
}
