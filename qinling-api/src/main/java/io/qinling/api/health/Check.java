// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.health;

import io.qinling.error.QinlingException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Something that the service needs.
 *
 * @param name in answers
 * @param vital whether nothing can be served without it
 * @param probe throws when it is not there, and tells how many there are of what there can be
 *     several; must end within seconds by itself
 */
public record Check(String name, boolean vital, Supplier<OptionalInt> probe) {
  private static final Logger LOG = Logger.getLogger(Check.class);

  /**
   * What came of a check.
   *
   * @param reason why it did not pass, where everybody may know
   */
  record Outcome(
      String name,
      boolean vital,
      boolean passed,
      Optional<String> reason,
      OptionalInt count,
      double milliseconds) {}

  /** Something of which there is one. */
  public Check(String name, boolean vital, Runnable probe) {
    this(
        name,
        vital,
        () -> {
          probe.run();
          return OptionalInt.empty();
        });
  }

  /**
   * Something of which there can be several.
   *
   * @param probe throws when there is none
   */
  public static Check counting(String name, boolean vital, IntSupplier probe) {
    return new Check(name, vital, () -> OptionalInt.of(probe.getAsInt()));
  }

  Outcome run() {
    long begun = System.nanoTime();
    var count = OptionalInt.empty();
    var reason = Optional.<String>empty();
    boolean passed = true;
    try {
      count = probe.get();
    } catch (RuntimeException failed) {
      LOG.warnf("A health check failed: check=%s reason=%s", name, failed.getMessage());
      reason =
          failed instanceof QinlingException words
              ? Optional.of(words.getMessage())
              : Optional.empty();
      passed = false;
    }
    return new Outcome(name, vital, passed, reason, count, (System.nanoTime() - begun) / 1e6);
  }
}
