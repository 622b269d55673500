// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine.routing;

import io.qinling.api.engine.EngineResult;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Executions whose engine may have begun them when the connection to it was lost. The same process
 * is asked how they ended, since it alone knows, and nothing is run again.
 */
final class LostCalls {
  private static final Logger LOG = Logger.getLogger(LostCalls.class);

  private final EngineDirectory directory;
  private final EngineClients clients;

  LostCalls(EngineDirectory directory, EngineClients clients) {
    this.directory = directory;
    this.clients = clients;
  }

  /**
   * Waits for the outcome.
   *
   * @param engine as it was known before the call
   * @throws QinlingException LOST when that process is gone or does not know the execution; TIMEOUT
   *     when it could not be asked in time
   */
  EngineResult outcome(EngineNode engine, String executionId, long giveUpAtNanos) {
    LOG.debugf("The answer was lost, asking for it: execution=%s", executionId);
    var backoff = FunctionRouter.backoff();
    var process = engine;
    do {
      var left = Duration.ofNanos(giveUpAtNanos - System.nanoTime());
      if (!left.isPositive()) {
        break;
      }
      try {
        return clients.engine(process).fetch(executionId, left);
      } catch (QinlingException failed) {
        requireHope(failed);
      }
      process = identified(process);
      if (directory.isGone(process)) {
        throw lost();
      }
    } while (backoff.pause());
    throw new QinlingException(ErrorCode.TIMEOUT, "The engine did not answer in time");
  }

  /** Fails when the engine has answered. */
  private static void requireHope(QinlingException failed) {
    switch (failed.code()) {
      case NOT_FOUND, CONFLICT -> throw lost();
      case UNAVAILABLE, LOST, INTERNAL -> {}
      default -> throw failed;
    }
  }

  /** An engine that was named by another one before it was listed. */
  private EngineNode identified(EngineNode engine) {
    return engine.instance().isPresent() ? engine : directory.at(engine.address()).orElse(engine);
  }

  private static QinlingException lost() {
    return new QinlingException(
        ErrorCode.LOST, "The engine that worked on the execution is gone; it may have run");
  }
}
