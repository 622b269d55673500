// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import static io.qinling.api.policy.Users.OTHER_PROJECT;
import static io.qinling.api.policy.Users.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Users;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestRuleParser {
  private final Caller member = Users.withRoles("member", "Reader", PROJECT);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // Checks
        "``                              | true",
        "@                               | true",
        "!                               | false",
        "role:member                     | true",
        "role:MEMBER                     | true",
        "role:reader                     | true",
        "role:admin                      | false",
        "role:                           | false",
        "Role:member                     | false",
        "user_id:u1                      | true",
        "user_id:U1                      | false",
        "user_domain_id:ud               | true",
        "project_id:p1                   | true",
        "project_domain_id:pd            | true",
        "system_scope:all                | true",
        "is_admin_project:True           | true",
        "is_admin_project:true           | false",
        "roles:member                    | true",
        "roles:reader                    | false",
        "domain_id:None                  | true",
        "domain_id:                      | false",
        "project_id:None                 | false",
        "service_user_id:None            | true",
        "service_roles:service           | false",
        "is_admin:1                      | false",
        "is_admin:True                   | false",
        "token.project.id:p1             | false",
        "roles.0:member                  | false",
        // Substitution
        "project_id:%(project_id)s       | true",
        "project_id:p%%1                 | false",
        "user_id:%(user_id)s             | true",
        "role:%(project_id)s             | true",
        "role:x%(project_id)s            | false",
        "role:%(missing)s                | false",
        "project_id:%(target.project)s   | false",
        // Literals
        "'p1':%(project_id)s             | true",
        "\"p1\":%(project_id)s           | true",
        "'p2':%(project_id)s             | false",
        "'p1-u1':%(project_id)s-%(user_id)s | true",
        "'100%':100%%                    | true",
        "True:True                       | true",
        "True:%(enabled)s                | false",
        "None:None                       | true",
        "5:5                             | true",
        "+05:5                           | true",
        "5:6                             | false",
        "1.50:1.5                        | true",
        "'':                             | true",
        "'a':a:b                         | false",
        "'a:b':a                         | false",
        // Operators
        "not !                           | true",
        "NOT @                           | false",
        "not not @                       | true",
        "@ and !                         | false",
        "@ AND @                         | true",
        "! or @                          | true",
        "! Or !                          | false",
        "not ! and !                     | false",
        "not ! or !                      | true",
        "not @ or @                      | true",
        "not (@ or @)                    | false",
        "@ or @ and !                    | true",
        "(@ or @) and !                  | false",
        "! and @ or @                    | true",
        "! and (@ or @)                  | false",
        "@ or ! and not @                | true",
        "! or @ and @ or !               | true",
        "! or @ and ! or !               | false",
        "((@))                           | true",
        "( @ and ( ! or @ ) )            | true",
        "not (! and @) and (not !)       | true",
        "(project_id:%(project_id)s)     | true",
        "  @   and\t@                    | true",
      })
  void understandsTheLanguage(String rule, boolean holds) {
    assertThat(Rules.holds(RuleParser.parse(rule), member, PROJECT)).isEqualTo(holds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "and",
        "@ and",
        "or @",
        "not",
        "@ @",
        "@ not @",
        "@ and or @",
        "(@",
        "@)",
        "()",
        "(",
        ")",
        "(@) (@)",
        "admin",
        "'admin'",
        "'a':'a'",
        "@ or 'admin'",
        "'open:x",
        "\"open':x",
        "project_id:%",
        "project_id:100%",
        "project_id:%(project_id)",
        "project_id:%(project_id)d",
        "project_id:%s",
        "project_id:%(project_id",
        "http://auth.example.org/check",
        "https://auth.example.org/%(project_id)s",
      })
  void whatCannotBeUnderstoodDeniesAndIsReported(String rule) {
    var parsed = RuleParser.parse(rule);

    assertThat(parsed.errors()).hasSize(1);
    assertThat(Rules.holds(parsed, member, PROJECT)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "not admin, false",
    "not http://x, false",
    "not (admin or !), false",
    "not (admin and !), true",
    "not not admin, false",
    "not project_id:%, false",
    "role:member or http://x, true",
    "role:admin or http://x, false",
    "role:member and admin, false",
    "role:member and not admin, false"
  })
  void aCheckThatCannotBeUnderstoodOpensNothing(String rule, boolean holds) {
    assertThat(Rules.holds(RuleParser.parse(rule), member, PROJECT)).isEqualTo(holds);
  }

  @Test
  void nestsAHundredDeepAndNoDeeper() {
    assertThat(RuleParser.parse("(".repeat(99) + "@" + ")".repeat(99)).errors()).isEmpty();
    assertThat(RuleParser.parse("not ".repeat(100_000) + "@").errors())
        .containsExactly("it is nested more than 100 deep");
  }

  @Test
  void errorsNameTheWordThatIsOutOfPlace() {
    assertThat(RuleParser.parse("role:admin and or role:member").errors())
        .containsExactly("'or' is out of place as word 3");
    assertThat(RuleParser.parse("(role:admin").errors()).containsExactly("it ends too early");
  }

  @Test
  void theUserIsKnownForObjectsOfItsProjectOnly() {
    var rule = RuleParser.parse("user_id:%(user_id)s");

    assertThat(Rules.holds(rule, member, PROJECT)).isTrue();
    assertThat(Rules.holds(rule, member, OTHER_PROJECT)).isFalse();
  }

  @Test
  void theProjectIsThatOfTheObject() {
    var owner = RuleParser.parse("project_id:%(project_id)s");
    var literal = RuleParser.parse("'p2':%(project_id)s");

    assertThat(Rules.holds(owner, member, OTHER_PROJECT)).isFalse();
    assertThat(Rules.holds(literal, member, OTHER_PROJECT)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "service_user_id:nova, true",
    "service_user_domain_id:sd, true",
    "service_project_id:services, true",
    "service_project_domain_id:None, true",
    "service_roles:service, true",
    "service_roles:member, false",
    "roles:service, false"
  })
  void knowsTheServiceThatCallsForAUser(String rule, boolean holds) {
    assertThat(Rules.holds(RuleParser.parse(rule), Users.throughService(), PROJECT))
        .isEqualTo(holds);
  }

  @Test
  void oneOfTheListsMustHoldAndAllOfItsChecks() {
    assertThat(lists(List.of())).isTrue();
    assertThat(lists(List.of(List.of()))).isFalse();
    assertThat(lists(List.of(List.of("@", "!")))).isFalse();
    assertThat(lists(List.of(List.of("@", "!"), List.of("@", "@")))).isTrue();
    assertThat(lists(List.of(List.of(), List.of("!")))).isFalse();
    assertThat(lists(List.of(List.of("role:member"), List.of("role:admin")))).isTrue();
    assertThat(lists(List.of(List.of("@ or @")))).isFalse();
  }

  private boolean lists(List<List<String>> rule) {
    return Rules.holds(RuleParser.parse(rule), member, PROJECT);
  }

  @Test
  void warnsOfWhatNeverHolds() {
    assertThat(RuleParser.parse("project_di:x").warnings())
        .containsExactly(
            "callers have no project_di, so that a check of it never holds; did you mean project_id?");
    assertThat(RuleParser.parse("project_id:%(tenant_id)s").warnings()).hasSize(1);
    assertThat(RuleParser.parse("role:admin or is_admin:1").warnings()).isEmpty();
  }
}
