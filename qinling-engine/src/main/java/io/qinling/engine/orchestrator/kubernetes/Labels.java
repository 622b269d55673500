// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;

/** The labels by which everything that Qinling has in a cluster is found. */
final class Labels {
  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String QINLING = "qinling";

  /** Id of the runtime; as upstream had it. */
  static final String RUNTIME = "runtime_id";

  /** What a claimed worker serves; as upstream had it. */
  static final String FUNCTION = "function_id";

  /** Version of the function; as upstream had it. */
  static final String VERSION = "function_version";

  /** {@link #FREE} or {@link #CLAIMED}; a pool's ReplicaSet selects the free ones. */
  static final String WORKER = "qinling.openstack.org/worker";

  static final String FREE = "free";
  static final String CLAIMED = "claimed";

  /** Id of the execution whose container a pod is. */
  static final String EXECUTION = "qinling.openstack.org/execution";

  private Labels() {}

  static Map<String, String> pool(String runtimeId) {
    return Map.of(MANAGED_BY, QINLING, RUNTIME, runtimeId);
  }

  static Map<String, String> freeWorkers(String runtimeId) {
    return Map.of(MANAGED_BY, QINLING, RUNTIME, runtimeId, WORKER, FREE);
  }

  static String of(HasMetadata object, String label) {
    var labels = object.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault(label, "");
  }

  static boolean isFree(Pod pod) {
    return of(pod, WORKER).equals(FREE) && !isLost(pod);
  }

  static boolean isClaimed(Pod pod) {
    return of(pod, WORKER).equals(CLAIMED);
  }

  /** The container of an execution; all other pods are workers. */
  static boolean isContainer(Pod pod) {
    return !of(pod, EXECUTION).isEmpty();
  }

  /** Its deletion has begun. */
  static boolean isEnding(HasMetadata object) {
    return object.getMetadata().getDeletionTimestamp() != null;
  }

  /** It works no more: its deletion has begun, or is all that is left to be done. */
  static boolean isLost(Pod worker) {
    return isEnding(worker) || isOver(worker);
  }

  /** It never runs again, as one that was evicted, and stays until somebody deletes it. */
  static boolean isOver(Pod pod) {
    var phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Failed".equals(phase) || "Succeeded".equals(phase);
  }
}
