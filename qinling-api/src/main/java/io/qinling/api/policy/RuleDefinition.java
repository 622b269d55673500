// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.policy.language.Expression;
import io.qinling.api.policy.language.RuleParser;

/**
 * A rule with its name.
 *
 * @param origin {@code file:line}
 */
record RuleDefinition(String name, String origin, Expression expression) {
  /** A rule of this release. */
  static RuleDefinition builtIn(String name, String text) {
    return new RuleDefinition(name, "built in", RuleParser.parse(text).expression());
  }

  RuleDefinition renamed(String newName) {
    return new RuleDefinition(newName, origin, expression);
  }

  /** How messages begin that are about it. */
  String label() {
    return origin + ": rule " + name + ": ";
  }

  boolean refersTo(String other) {
    return expression.references().anyMatch(other::equals);
  }
}
