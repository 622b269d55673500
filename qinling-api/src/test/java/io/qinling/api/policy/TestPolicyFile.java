// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.api.policy.language.Check;
import io.qinling.api.policy.language.Expression;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestPolicyFile {
  private static final Path FILE = Path.of("policy.yaml");
  private static final Expression ALLOW = new Expression.Leaf(Check.Constant.ALLOW);
  private static final Expression BROKEN = new Expression.Broken();

  /** Upstream's, which ends with a comma and is therefore no JSON. */
  static final String UPSTREAM =
      """
      {
          "context_is_admin": "role:admin or is_admin:1",
          "owner" : "project_id:%(project_id)s",
          "admin_or_owner": "rule:context_is_admin or rule:owner",
          "default": "rule:admin_or_owner",

          "runtime:create": "rule:context_is_admin",
          "runtime:update": "rule:context_is_admin",
          "runtime:delete": "rule:context_is_admin",

          "runtime_pool:get_all": "rule:context_is_admin",

          "function:get_all:all_projects": "rule:context_is_admin",
          "function_worker:get_all": "rule:context_is_admin",
          "function:scale_up": "rule:context_is_admin",
          "function:scale_down": "rule:context_is_admin",
          "function:detach": "rule:context_is_admin",

          "function_version:scale_up": "rule:context_is_admin",
          "function_version:scale_down": "rule:context_is_admin",
          "function_version:detach": "rule:context_is_admin",

          "execution:get_all:all_projects": "rule:context_is_admin",
          "webhook:get_all:all_projects": "rule:context_is_admin",
          "job:get_all:all_projects": "rule:context_is_admin",
      }
      """;

  @Test
  void readsTheFileOfUpstream() {
    var file = PolicyFile.parse(FILE, UPSTREAM);

    assertThat(file.findings()).isEmpty();
    assertThat(file.rules()).hasSize(19);
    assertThat(new RuleTable(file.rules(), "default").checks())
        .isEqualTo(new RuleTable(Map.of(), "default").checks());
  }

  @Test
  void readsBlocksCommentsQuotesAndTabs() {
    var yaml =
        """
        # Who may do what
        ---
        "runtime:create": "@"   # everyone
        function:create: ''
        'function:get': ""
        "function:update": []
        function:delete: >-
          not
          !
        "execution:get":
          - - "@"
        "job:get": ["@"]
        "job:create": [["@", "@"], [], ""]
        """;
    var rules = PolicyFile.parse(FILE, yaml).rules();

    assertThat(rules.keySet())
        .containsExactly(
            "runtime:create",
            "function:create",
            "function:get",
            "function:update",
            "function:delete",
            "execution:get",
            "job:get",
            "job:create");
    assertThat(rules.values()).allSatisfy(rule -> assertThat(link(rule)).as(rule.name()).isTrue());
    assertThat(PolicyFile.parse(FILE, "\uFEFF{\n\t\"owner\":\t\"@\"\n}").rules().get("owner"))
        .isEqualTo(new RuleDefinition("owner", "policy.yaml:2", ALLOW));
  }

  private static boolean link(RuleDefinition rule) {
    return rule.expression().link(true, (_, _) -> Check.Constant.DENY).holds(Users.withRoles(), "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# nothing\n", "{}", "---\n", "null"})
  void aFileMayBeEmpty(String text) {
    assertThat(PolicyFile.parse(FILE, text).rules()).isEmpty();
  }

  @Test
  void theLastRuleOfANameCounts() {
    var file = PolicyFile.parse(FILE, "owner: '!'\n\nowner: '@'\n");

    assertThat(file.rules()).containsOnlyKeys("owner");
    assertThat(file.rules().get("owner").expression()).isEqualTo(ALLOW);
    assertThat(file.findings())
        .containsExactly(
            new PolicyFinding(false, "policy.yaml:3: rule owner: replaces that of policy.yaml:1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "owner: !             | a rule that begins with ! needs quotation marks around it",
        "owner: !!str         | a rule that begins with ! needs quotation marks around it",
        "owner: !<x> a        | a rule that begins with ! needs quotation marks around it",
        "owner:               | it is not there; a rule that allows everyone is written \"\"",
        "owner: ~             | it is not there; a rule that allows everyone is written \"\"",
        "owner: {a: b}        | it must be a text or a list",
        "owner: [{a: b}]      | its lists must be of texts",
        "owner: [[[a]]]       | its lists must be of texts",
        "owner: [!x a]        | its lists must be of texts",
        "owner: &a [*a]       | its lists must be of texts",
        "owner: true          | 'true' is no check: checks are written KIND:VALUE",
        "owner: role:a or     | it ends too early",
        "owner: http://a/b    | checks by http: are not supported; decide by roles instead",
      })
  void whatIsNoRuleDeniesAndIsReportedWithItsPlace(String line, String problem) {
    var file = PolicyFile.parse(FILE, "\n" + line);

    assertThat(file.rules().get("owner").expression()).isEqualTo(BROKEN);
    assertThat(file.findings())
        .containsExactly(new PolicyFinding(true, "policy.yaml:2: rule owner: " + problem));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "owner: @             | policy.yaml:2: found character",
        "{\"owner\": \"role     | policy.yaml:2: found unexpected end of stream",
        "{a: b                | policy.yaml:2: expected",
        "[a, b]               | policy.yaml:2: rules must be written as NAME: RULE",
        "role:admin           | policy.yaml:2: rules must be written as NAME: RULE",
        "{[a]: b}             | policy.yaml:2: the name of a rule must be a text",
        "owner: *a            | policy.yaml:2: found undefined alias",
        "`a: b\u0001 `        | policy.yaml: not a policy file",
      })
  void aFileThatIsNoMappingIsBroken(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyFile.parse(FILE, "\n" + text))
        .withMessageStartingWith(message);
  }

  @Test
  void aFileIsOneDocument() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyFile.parse(FILE, "a: '@'\n---\nb: '@'\n"))
        .withMessageStartingWith("policy.yaml:2: ");
  }

  @Test
  void aFileThatCannotBeReadIsBroken(@TempDir Path folder) throws IOException {
    var latin1 = folder.resolve("latin1");
    Files.write(latin1, new byte[] {'a', (byte) 0xE9});
    for (var file : List.of(latin1, folder, folder.resolve("missing"))) {
      assertThatExceptionOfType(PolicyException.class)
          .isThrownBy(() -> PolicyFile.read(file))
          .withMessageStartingWith(file + ": ");
    }
  }
}
