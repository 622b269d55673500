// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.error.QinlingException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Gives a claimed worker what its function may use, where the API server can resize pods: since
 * Kubernetes 1.33, see KEP 1287. Elsewhere, and until it is done, the pool's limits hold; inside
 * the worker memory and processor time are limited anyway. Nobody waits for it.
 *
 * <p>Only what the pool's workers have a limit of is resized, since a pod without any may not get
 * one, and never beyond that limit.
 */
final class WorkerSize {
  private static final Logger LOG = Logger.getLogger(WorkerSize.class);

  /** What a worker needs besides its executions: the server, and a process to start others from. */
  private static final long MEMORY_OVERHEAD = 128L << 20;

  private final Supplier<KubernetesClient> client;
  private final String namespace;
  private final ExecutorService blocking;
  private volatile Optional<Boolean> supported = Optional.empty();

  WorkerSize(Supplier<KubernetesClient> client, String namespace, ExecutorService blocking) {
    this.client = client;
    this.namespace = namespace;
    this.blocking = blocking;
  }

  /**
   * @param limits what the workers of the pool may use
   */
  void fit(Worker worker, WorkerNeeds needs, Map<String, Quantity> limits) {
    var wanted = new HashMap<String, Quantity>();
    put(wanted, limits, "cpu", new Quantity((long) needs.slots() * needs.cpuMillis() + "m"));
    put(
        wanted,
        limits,
        "memory",
        new Quantity(Long.toString(needs.slots() * needs.memoryBytes() + MEMORY_OVERHEAD)));
    if (!wanted.isEmpty() && supported.orElse(true)) {
      blocking.execute(() -> resize(worker, wanted));
    }
  }

  private static void put(
      Map<String, Quantity> wanted,
      Map<String, Quantity> limits,
      String resource,
      Quantity amount) {
    var limit = limits.get(resource);
    if (limit != null && amount.getNumericalAmount().compareTo(limit.getNumericalAmount()) < 0) {
      wanted.put(resource, amount);
    }
  }

  private void resize(Worker worker, Map<String, Quantity> wanted) {
    try {
      if (!isSupported()) {
        return;
      }
      try {
        patch(worker, wanted);
      } catch (KubernetesClientException refused) {
        // Kubernetes 1.33 takes no memory from a container that runs.
        if (wanted.size() < 2 || !ClusterFailures.isFailedTest(refused)) {
          throw refused;
        }
        patch(worker, Map.of("cpu", wanted.get("cpu")));
      }
    } catch (KubernetesClientException | QinlingException failed) {
      LOG.warnf(
          "A worker keeps the limits of its pool: worker=%s reason=%s",
          worker, failed.getMessage());
    }
  }

  private boolean isSupported() {
    if (supported.isEmpty()) {
      var resources = client.get().getApiResources("v1");
      supported = Optional.of(lists(resources, "pods/resize"));
    }
    return supported.get();
  }

  private static boolean lists(APIResourceList resources, String name) {
    return resources != null
        && resources.getResources().stream().anyMatch(one -> one.getName().equals(name));
  }

  private void patch(Worker worker, Map<String, Quantity> amounts) {
    var resources = Map.of("limits", amounts, "requests", amounts);
    var container = Map.of("name", PoolManifest.CONTAINER, "resources", resources);
    var _ =
        client
            .get()
            .pods()
            .inNamespace(namespace)
            .withName(worker.name())
            .subresource("resize")
            .patch(
                PatchContext.of(PatchType.STRATEGIC_MERGE),
                Serialization.asJson(Map.of("spec", Map.of("containers", List.of(container)))));
  }
}
