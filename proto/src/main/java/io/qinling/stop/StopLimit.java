// SPDX-License-Identifier: Apache-2.0
package io.qinling.stop;

import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * The end of a stop that hangs because a database, etcd or a cluster is away. Who asked for it
 * would kill the process then, and nothing is lost by that.
 */
public final class StopLimit {
  private static final Logger LOG = Logger.getLogger(StopLimit.class);

  /** For what is left to do when nothing runs any more. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** As of a process that ended on SIGTERM. */
  private static final int EXIT_CODE = 143;

  private StopLimit() {}

  /**
   * Ends this process 2 seconds after executions may run no more, unless it has ended by then.
   *
   * @param drainTimeout how long executions may run from now
   */
  public static void begin(Duration drainTimeout) {
    Thread.ofPlatform().daemon().name("stop-limit").start(() -> end(drainTimeout.plus(GRACE)));
  }

  private static void end(Duration limit) {
    try {
      Thread.sleep(limit);
    } catch (InterruptedException unexpected) {
      Thread.currentThread().interrupt();
      return;
    }
    LOG.warn("The stop takes too long, and the process ends without the rest of it");
    Runtime.getRuntime().halt(EXIT_CODE);
  }
}
