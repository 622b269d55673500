// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

/**
 * Something in a policy file that its author should know.
 *
 * @param isError whether a rule denies because of it; else it works, if not as intended
 * @param message names the file, the line and the rule
 */
public record PolicyFinding(boolean isError, String message) {
  static PolicyFinding error(RuleDefinition rule, String text) {
    return new PolicyFinding(true, rule.label() + text);
  }

  static PolicyFinding warning(RuleDefinition rule, String text) {
    return new PolicyFinding(false, rule.label() + text);
  }
}
