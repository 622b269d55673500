// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

/** What a worker speaks. */
public enum WorkerProtocol {
  /** That of upstream's runtime images: without a secret, and the worker fetches the package. */
  VERSION_1,
  /** Our own, see deploy/runtimes/PROTOCOL.md. */
  VERSION_2
}
