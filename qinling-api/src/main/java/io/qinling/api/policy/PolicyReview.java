// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.conf.EditDistance;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the names in an operator's rules that lead nowhere.
 *
 * @param table the operator's rules laid over the built-in ones
 */
record PolicyReview(Map<String, RuleDefinition> written, RuleTable table, String defaultRule) {
  private static final Set<String> KNOWN =
      Stream.concat(
              Arrays.stream(BaseRule.values()).map(BaseRule::key),
              Arrays.stream(PolicyRule.values()).map(PolicyRule::key))
          .collect(Collectors.toUnmodifiableSet());

  Stream<PolicyFinding> findings() {
    return Stream.of(
            Stream.of(defaultRule).filter(name -> !table.has(name)).map(PolicyReview::noDefault),
            formerNames(),
            written.values().stream().filter(this::isUseless).map(PolicyReview::useless),
            written.values().stream().flatMap(this::missing),
            table.cycles().stream())
        .flatMap(findings -> findings);
  }

  private static PolicyFinding noDefault(String name) {
    return new PolicyFinding(
        true,
        "[oslo_policy] policy_default_rule = "
            + name
            + ": no such rule; what depends on it is denied");
  }

  private Stream<PolicyFinding> formerNames() {
    return Arrays.stream(PolicyRule.values())
        .filter(rule -> rule.formerKey().filter(written::containsKey).isPresent())
        .map(rule ->
            PolicyFinding.warning(
                written.get(rule.formerKey().get()),
                written.containsKey(rule.key())
                    ? "has no effect, since there is a rule " + rule.key()
                    : "its name is now " + rule.key() + "; rename it"));
  }

  private boolean isUseless(RuleDefinition rule) {
    return !KNOWN.contains(rule.name())
        && !rule.name().equals(defaultRule)
        && Arrays.stream(PolicyRule.values())
            .noneMatch(known -> known.formerKey().filter(rule.name()::equals).isPresent())
        && written.values().stream()
            .noneMatch(other -> !other.equals(rule) && other.refersTo(rule.name()));
  }

  private static PolicyFinding useless(RuleDefinition rule) {
    return PolicyFinding.warning(
        rule, "nothing asks for a rule of this name" + hint(rule.name(), KNOWN.stream()));
  }

  private Stream<PolicyFinding> missing(RuleDefinition rule) {
    return rule.expression()
        .references()
        .filter(name -> !table.has(name))
        .distinct()
        .map(name ->
            PolicyFinding.warning(
                rule,
                "there is no rule "
                    + name
                    + ", so that "
                    + defaultRule
                    + " is asked instead"
                    + hint(name, Stream.concat(KNOWN.stream(), written.keySet().stream()))));
  }

  private static String hint(String name, Stream<String> known) {
    return EditDistance.nearest(name, known).map(near -> "; did you mean " + near + "?").orElse("");
  }
}
