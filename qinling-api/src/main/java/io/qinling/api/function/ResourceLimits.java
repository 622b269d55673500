// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Optional;

/**
 * What functions may ask for.
 *
 * @param cpu thousandths of a processor
 * @param memory bytes
 * @param timeout seconds
 */
public record ResourceLimits(Limit cpu, Limit memory, Limit timeout) {
  /**
   * A limit of one resource.
   *
   * @param name in messages
   * @param unit in messages
   * @param minimum smallest value that is allowed
   * @param fallback value of those who do not say
   * @param maximum largest value that is allowed
   */
  public record Limit(String name, String unit, int minimum, int fallback, int maximum) {
    public Limit {
      if (minimum < 1 || minimum > fallback || fallback > maximum) {
        throw new IllegalArgumentException(
            "[resource_limits] of "
                + name
                + " must be 1 <= min <= default <= max: "
                + minimum
                + ", "
                + fallback
                + ", "
                + maximum);
      }
    }

    /**
     * Reads a value as it came in a form.
     *
     * @throws QinlingException INVALID_INPUT when it is not an integer or not within the limit
     */
    Optional<Integer> parse(Optional<String> text) {
      return text.map(this::parse);
    }

    private int parse(String text) {
      var digits = text.strip();
      if (!digits.matches("[+-]?[0-9]{1,18}")) {
        throw new QinlingException(
            ErrorCode.INVALID_INPUT,
            "Invalid " + name + " resource specified. An integer is required.");
      }
      long value = Long.parseLong(digits);
      if (value < minimum || value > maximum) {
        throw new QinlingException(
            ErrorCode.INVALID_INPUT,
            name
                + " resource limitation not within the allowable range: "
                + minimum
                + " ~ "
                + maximum
                + "("
                + unit
                + ").");
      }
      return (int) value;
    }
  }
}
