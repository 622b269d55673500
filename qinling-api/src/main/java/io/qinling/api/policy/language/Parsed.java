// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import java.util.List;

/**
 * What a rule's text means.
 *
 * @param errors what could not be understood
 * @param warnings what was understood and is probably not what its author wanted
 */
public record Parsed(Expression expression, List<String> errors, List<String> warnings) {
  public Parsed {
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }

  /** A rule of which nothing can be understood. */
  public static Parsed broken(String error) {
    return new Parsed(new Expression.Broken(), List.of(error), List.of());
  }
}
