// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

/** How the engine reaches workers. */
public enum WorkerAccess {
  /** By the address of the pod: the engine is on the pods' network. */
  POD_IP,
  /** By a port of the node that the pod is on. */
  NODE_PORT,
  /** By the address of the pod, and where that is not reached by a port of the node. */
  AUTO
}
