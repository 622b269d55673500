// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.qinling.api.identity.Caller;
import io.qinling.api.policy.language.Check;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds without any file. */
class TestPolicyDefaults {
  private static final Map<PolicyRule, Check> CHECKS = new RuleTable(Map.of(), "default").checks();

  private static final Set<String> FOR_ADMINISTRATORS =
      Set.of(
          "runtime:create",
          "runtime:update",
          "runtime:delete",
          "runtime_pool:get_all",
          "function:get_all:all_projects",
          "function:scale_up",
          "function:scale_down",
          "function:detach",
          "function_worker:get_all",
          "function_version:scale_up",
          "function_version:scale_down",
          "function_version:detach",
          "function_alias:get_all:all_projects",
          "execution:get_all:all_projects",
          "job:get_all:all_projects",
          "webhook:get_all:all_projects");

  static Stream<Arguments> rules() {
    return Arrays.stream(PolicyRule.values())
        .map(rule -> arguments(rule, FOR_ADMINISTRATORS.contains(rule.key())));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void administratorsMayDoEverythingAndOthersWhatConcernsTheirProject(
      PolicyRule rule, boolean administratorsOnly) {
    assertThat(allowed(rule, Users.withRoles("admin"), Users.PROJECT)).isTrue();
    assertThat(allowed(rule, Users.withRoles("admin"), Users.OTHER_PROJECT)).isTrue();
    assertThat(allowed(rule, Users.withRoles("Admin"), Users.OTHER_PROJECT)).isTrue();
    assertThat(allowed(rule, Users.withRoles("member"), Users.PROJECT))
        .isEqualTo(!administratorsOnly);
    assertThat(allowed(rule, Users.withRoles(), Users.PROJECT)).isEqualTo(!administratorsOnly);
    assertThat(allowed(rule, Users.withRoles("member"), Users.OTHER_PROJECT)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void everyRuleNamesACallThatAsksForIt(PolicyRule rule) {
    assertThat(rule.operations()).isNotEmpty();
  }

  private static boolean allowed(PolicyRule rule, Caller caller, String ownerProjectId) {
    return CHECKS.get(rule).holds(caller, ownerProjectId);
  }
}
