// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import io.qinling.engine.storage.Peer;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import org.jboss.logging.Logger;

/** Tells operators of peers that fail. */
final class Failures {
  private Failures() {}

  /** An engine with another secret is reported once, by whoever calls it, and not again here. */
  static void log(Logger log, String event, Peer peer, String digest, QinlingException failed) {
    log.logf(
        failed.code() == ErrorCode.UNAUTHENTICATED ? Logger.Level.DEBUG : Logger.Level.WARN,
        "%s: engine=%s address=%s digest=%s reason=%s",
        event,
        peer.name(),
        peer.address(),
        digest,
        failed.getMessage());
  }
}
