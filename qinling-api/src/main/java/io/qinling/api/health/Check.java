// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.health;

/**
 * Something that the service needs.
 *
 * @param name in answers
 * @param vital whether nothing can be served without it
 * @param probe throws when it is not there; must end within seconds by itself
 */
public record Check(String name, boolean vital, Runnable probe) {
  /** What came of a check. */
  record Outcome(String name, boolean vital, boolean passed, double milliseconds) {}

  Outcome run() {
    long begun = System.nanoTime();
    boolean passed = passes();
    return new Outcome(name, vital, passed, (System.nanoTime() - begun) / 1e6);
  }

  private boolean passes() {
    try {
      probe.run();
      return true;
    } catch (RuntimeException failed) {
      org.jboss.logging.Logger.getLogger(Check.class)
          .warnf("A health check failed: check=%s reason=%s", name, failed.getMessage());
      return false;
    }
  }
}
