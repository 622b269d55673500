// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import static io.qinling.api.policy.PolicyRule.EXECUTION_GET;
import static io.qinling.api.policy.PolicyRule.FUNCTION_ALIAS_GET_ALL_PROJECTS;
import static io.qinling.api.policy.PolicyRule.FUNCTION_CREATE;
import static io.qinling.api.policy.PolicyRule.FUNCTION_GET;
import static io.qinling.api.policy.PolicyRule.JOB_CREATE;
import static io.qinling.api.policy.PolicyRule.JOB_GET;
import static io.qinling.api.policy.PolicyRule.RUNTIME_CREATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.identity.Caller;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How an operator's rules work together with each other and with those of the code. */
class TestPolicyRules {
  private static final Caller ADMIN = Users.withRoles("admin");
  private static final Caller MEMBER = Users.withRoles("member");

  @Test
  void aRuleOfAFileReplacesThatOfTheCode() {
    var rules = rules("'function:create': role:developer");

    assertThat(rules.allow(MEMBER, FUNCTION_CREATE)).isFalse();
    assertThat(rules.allow(ADMIN, FUNCTION_CREATE)).isFalse();
    assertThat(rules.allow(Users.withRoles("developer"), FUNCTION_CREATE)).isTrue();
    assertThat(rules.allow(MEMBER, EXECUTION_GET)).isTrue();
    assertThat(rules.messages()).isEmpty();
  }

  @Test
  void theBaseRulesMayBeReplacedToo() {
    var rules = rules("context_is_admin: role:boss");

    assertThat(rules.allow(ADMIN, RUNTIME_CREATE)).isFalse();
    assertThat(rules.allow(Users.withRoles("boss"), RUNTIME_CREATE)).isTrue();
    assertThat(rules.messages()).isEmpty();
  }

  @Test
  void theDefaultIsForWhatUpstreamAskedForWithoutNamingIt() {
    var rules = rules("default: rule:context_is_admin");

    assertThat(rules.allow(MEMBER, FUNCTION_GET)).isFalse();
    assertThat(rules.allow(ADMIN, FUNCTION_GET)).isTrue();
    assertThat(rules.allow(MEMBER, FUNCTION_CREATE)).isTrue();
  }

  @Test
  void anotherRuleMayBeTheDefault() {
    var rules = rules("fallback: role:member\n'job:create': rule:nothing", "fallback");

    assertThat(rules.allow(MEMBER, JOB_CREATE)).isTrue();
    assertThat(rules.allow(ADMIN, JOB_CREATE)).isFalse();
    assertThat(rules.allow(ADMIN, FUNCTION_GET)).isFalse();
    assertThat(rules.messages())
        .containsExactly(
            "policy.yaml:2: rule job:create: there is no rule nothing, so that fallback is asked instead");
  }

  @Test
  void withoutADefaultRuleWhatIsMissingIsDenied() {
    var rules =
        rules("'job:create': rule:nothing or role:admin\n'job:get': not rule:nothing", "absent");

    assertThat(rules.allow(MEMBER, JOB_CREATE)).isFalse();
    assertThat(rules.allow(MEMBER, JOB_GET)).isFalse();
    assertThat(rules.allow(MEMBER, FUNCTION_GET)).isFalse();
    assertThat(rules.allow(ADMIN, JOB_CREATE)).isTrue();
    assertThat(rules.messages())
        .contains(
            "[oslo_policy] policy_default_rule = absent: no such rule; what depends on it is denied");
  }

  @Test
  void aReferenceToNothingAsksTheDefault() {
    var rules = rules("'runtime:create': rule:context_is_admn");

    assertThat(rules.allow(MEMBER, RUNTIME_CREATE)).isTrue();
    assertThat(rules.messages())
        .containsExactly(
            "policy.yaml:1: rule runtime:create: there is no rule context_is_admn,"
                + " so that default is asked instead; did you mean context_is_admin?");
  }

  @Test
  void rulesInACircleDenyAndAreReported() {
    var rules =
        rules(
            """
            a: rule:b or role:admin
            b: not rule:c
            c: rule:a
            'runtime:create': rule:a
            'job:create': not rule:b
            'function:create': rule:a or role:member
            """);

    assertThat(rules.allow(ADMIN, RUNTIME_CREATE)).isFalse();
    assertThat(rules.allow(ADMIN, JOB_CREATE)).isFalse();
    assertThat(rules.allow(MEMBER, FUNCTION_CREATE)).isTrue();
    assertThat(rules.messages())
        .containsExactly(
            "policy.yaml:1: rule a: refers to itself: a -> b -> c -> a",
            "policy.yaml:2: rule b: refers to itself: b -> c -> a -> b",
            "policy.yaml:3: rule c: refers to itself: c -> a -> b -> c");
  }

  @Test
  void aRuleMayNotReferToItselfByWayOfTheDefault() {
    var rules = rules("default: '@ or rule:nothing'\n'job:create': rule:job:create");

    assertThat(rules.allow(ADMIN, FUNCTION_GET)).isFalse();
    assertThat(rules.allow(ADMIN, JOB_CREATE)).isFalse();
    assertThat(rules.messages())
        .contains(
            "policy.yaml:1: rule default: refers to itself: default -> default",
            "policy.yaml:2: rule job:create: refers to itself: job:create -> job:create");
  }

  @Test
  void whatIsBrokenOpensNothingThroughReferences() {
    var rules = rules("typo: admin\n'job:create': not rule:typo");

    assertThat(rules.allow(ADMIN, JOB_CREATE)).isFalse();
  }

  @Test
  void theFormerNameOfTheListOfAllAliasesCounts() {
    var rules = rules("'function_version:get_all:all_projects': role:member");

    assertThat(rules.allow(MEMBER, FUNCTION_ALIAS_GET_ALL_PROJECTS)).isTrue();
    assertThat(rules.messages())
        .containsExactly(
            "policy.yaml:1: rule function_version:get_all:all_projects:"
                + " its name is now function_alias:get_all:all_projects; rename it");
  }

  @Test
  void thePresentNameOutweighsTheFormer() {
    var rules =
        rules(
            """
            'function_alias:get_all:all_projects': role:auditor
            'function_version:get_all:all_projects': role:member
            """);

    assertThat(rules.allow(MEMBER, FUNCTION_ALIAS_GET_ALL_PROJECTS)).isFalse();
    assertThat(rules.allow(Users.withRoles("auditor"), FUNCTION_ALIAS_GET_ALL_PROJECTS)).isTrue();
    assertThat(rules.messages())
        .containsExactly(
            "policy.yaml:2: rule function_version:get_all:all_projects:"
                + " has no effect, since there is a rule function_alias:get_all:all_projects");
  }

  @Test
  void warnsOfNamesThatNothingAsksFor() {
    var rules = rules("helper: '@'\n'job:get': rule:helper\n'fuction:create': '!'\nspare: '@'");

    assertThat(rules.messages())
        .containsExactly(
            "policy.yaml:3: rule fuction:create:"
                + " nothing asks for a rule of this name; did you mean function:create?",
            "policy.yaml:4: rule spare: nothing asks for a rule of this name");
  }

  private static Rules rules(String yaml) {
    return rules(yaml, "default");
  }

  private static Rules rules(String yaml, String defaultRule) {
    var written = PolicyFile.parse(Path.of("policy.yaml"), yaml).rules();
    var table = new RuleTable(written, defaultRule);
    var findings = new PolicyReview(written, table, defaultRule).findings();
    return new Rules(table, findings.map(PolicyFinding::message).toList());
  }

  private record Rules(RuleTable table, List<String> messages) {
    boolean allow(Caller caller, PolicyRule rule) {
      return table.checks().get(rule).holds(caller, Users.PROJECT);
    }
  }
}
