// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.policy.language.Check;
import io.qinling.api.policy.language.Expression;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Rules by name, each able to refer to others. Serves one thread, which makes checks of them. */
final class RuleTable {
  private final Map<String, RuleDefinition> rules = new LinkedHashMap<>();
  private final String defaultRule;
  private final Set<String> cyclic = new TreeSet<>();
  private final Map<Meaning, Check> linked = new HashMap<>();

  /**
   * Lays an operator's rules over those of this release.
   *
   * @param defaultRule name of the rule that stands in for those that exist nowhere
   */
  RuleTable(Map<String, RuleDefinition> written, String defaultRule) {
    this.defaultRule = defaultRule;
    for (var rule : BaseRule.values()) {
      put(RuleDefinition.builtIn(rule.key(), rule.defaultExpression()));
    }
    for (var rule : PolicyRule.values()) {
      put(RuleDefinition.builtIn(rule.key(), rule.defaultExpression()));
    }
    if (!defaultRule.equals(BaseRule.DEFAULT.key())) {
      put(RuleDefinition.builtIn(BaseRule.DEFAULT.key(), "rule:" + defaultRule));
    }
    for (var rule : PolicyRule.values()) {
      rule.formerKey().map(written::get).ifPresent(former -> put(former.renamed(rule.key())));
    }
    written.values().forEach(this::put);
    rules.keySet().stream().filter(name -> !cycle(name).isEmpty()).forEach(cyclic::add);
  }

  private void put(RuleDefinition rule) {
    rules.put(rule.name(), rule);
  }

  /** What callers are measured by. */
  Map<PolicyRule, Check> checks() {
    Map<PolicyRule, Check> checks = new EnumMap<>(PolicyRule.class);
    for (var rule : PolicyRule.values()) {
      checks.put(rule, check(rule.key(), true));
    }
    return checks;
  }

  boolean has(String name) {
    return rules.containsKey(name);
  }

  /** The rules that refer to themselves and therefore let nobody pass. */
  List<PolicyFinding> cycles() {
    return cyclic.stream()
        .map(name ->
            PolicyFinding.error(
                rules.get(name), "refers to itself: " + String.join(" -> ", cycle(name))))
        .toList();
  }

  private Check check(String name, boolean affirmed) {
    var target = resolve(name);
    if (target.isEmpty() || cyclic.contains(target.get().name())) {
      return new Expression.Broken().link(affirmed, this::check);
    }
    var meaning = new Meaning(target.get().name(), affirmed);
    var known = linked.get(meaning);
    if (known != null) {
      return known;
    }
    var check = target.get().expression().link(affirmed, this::check);
    linked.put(meaning, check);
    return check;
  }

  private Optional<RuleDefinition> resolve(String name) {
    return Optional.ofNullable(rules.getOrDefault(name, rules.get(defaultRule)));
  }

  /** The shortest way from a rule back to it; empty if there is none. */
  private List<String> cycle(String name) {
    Map<String, String> cameFrom = new HashMap<>();
    Deque<String> open = new ArrayDeque<>(List.of(name));
    Set<String> seen = new HashSet<>();
    while (!open.isEmpty()) {
      var at = open.remove();
      for (var next : rules.get(at).expression().references().toList()) {
        var target = resolve(next).map(RuleDefinition::name).orElse("");
        if (target.equals(name)) {
          return way(cameFrom, name, at);
        }
        if (!target.isEmpty() && seen.add(target)) {
          cameFrom.put(target, at);
          open.add(target);
        }
      }
    }
    return List.of();
  }

  private static List<String> way(Map<String, String> cameFrom, String name, String last) {
    List<String> way = new ArrayList<>(List.of(name));
    for (var at = last; !at.equals(name); at = cameFrom.get(at)) {
      way.add(at);
    }
    way.add(name);
    return way.reversed();
  }

  /**
   * A rule, and whether it is meant to hold: what is broken in it holds neither here nor negated.
   */
  private record Meaning(String rule, boolean affirmed) {}
}
