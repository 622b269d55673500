// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.policy.language.Credential;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The page of the documentation that lists all rules. */
final class PolicyPage {
  private static final String HEAD =
      """
      # Policies

      Policies say which caller may do what. They are asked when callers authenticate, that is unless
      `[pecan] auth_enable` is false. Every rule has a default in the code, so that no file is needed; a file holds
      only the rules that should differ.

      A policy never shows more than its caller may see: public runtimes aside, objects of other projects do not exist
      for callers without the role `admin`, whatever the rules say. Only the lists of all projects, which have rules of
      their own, show them to whom those allow.

      ## Files

      Rules are read from `policy.yaml` or else `policy.json`, in the first folder that has one: those of the
      configuration files, from the last file to the first, then `/etc/qinling`. Files in the folder `policy.d` are
      read after it, sorted by name, and override it; hidden files and names that end with `~` are passed over.

      | Option of `[oslo_policy]` | Meaning |
      |---|---|
      | `policy_file` | Another file, absolute or in one of these folders. It must be there. |
      | `policy_dirs` | Another folder than `policy.d`; may be repeated, later ones override earlier ones. |
      | `policy_default_rule` | The rule that stands in for those that exist nowhere; `default` if not set. |

      Both formats are read as YAML, so that comments and a comma after the last rule are fine in either:

      ```yaml
      # Developers create functions, everyone in the project executes them.
      "developer": "role:developer and rule:owner"
      "function:create": "rule:developer or rule:context_is_admin"
      "runtime:create": "!"
      ```

      - A file that cannot be read as such fails the start. A mistake in a rule does not: the rule denies, and the log
        names file, line and rule. So do rules that refer to themselves.
      - Of two rules with one name in a file the last counts, with a warning. Names that nothing asks for are warned
        of, too.
      - Changes count within a few seconds, without a restart. If a file is broken then, the rules stay as they were
        and the log says why.

      ## Language

      The language is that of oslo.policy.

      | Rule | Allows |
      |---|---|
      | `""`, `[]`, `@` | everyone |
      | `!` | nobody |
      | `role:NAME` | callers with the role, in upper or lower case |
      | `rule:NAME` | whom that rule allows |
      | `KEY:VALUE` | callers whose credential `KEY` is `VALUE`; of `roles` and `service_roles`, one must be |
      | `'TEXT':VALUE`, `5:VALUE`, `True:VALUE` | everyone, if the literal is `VALUE` |
      | `not A`, `A and B`, `A or B`, `(A)` | as said; `not` binds tightest, then `and`, then `or` |
      | `[["A", "B"], ["C"]]` | the older form of `A and B or C` |

      Write `"@"` and `"!"` with quotation marks. Checks by `http:` and `https:` are not supported.

      Credentials: CREDENTIALS.
      A credential that the token does not have is `None`. `is_admin` is not among them and never holds.

      In `VALUE` and in the name of a role, `%(project_id)s` is the project that owns the object, and
      `%(user_id)s` the caller if the object is of the caller's project: objects do not record who made them. Any
      other name never matches. For what a caller makes, the project is the caller's; a list of all projects is owned by
      none, so that `rule:owner` allows it to nobody.

      When the service acts by itself, as for a job or a webhook, no rules are asked.
      """;

  private PolicyPage() {}

  static String text() {
    return HEAD.replace("CREDENTIALS", credentials())
        + "\n## Rules that others are made of\n\n| Rule | Default | Allows |\n|---|---|---|\n"
        + Arrays.stream(BaseRule.values())
            .map(rule -> row(code(rule.key()), code(rule.defaultExpression()), rule.description()))
            .collect(Collectors.joining())
        + "\n## Rules of calls\n\n| Rule | Default | Allows to | Calls |\n|---|---|---|---|\n"
        + Arrays.stream(PolicyRule.values()).map(PolicyPage::row).collect(Collectors.joining());
  }

  private static String credentials() {
    return Credential.names().stream().map(PolicyPage::code).collect(Collectors.joining(", "));
  }

  private static String row(PolicyRule rule) {
    var former = rule.formerKey().map(name -> "<br>formerly " + code(name)).orElse("");
    var calls =
        rule.operations().stream().map(PolicyPage::code).collect(Collectors.joining("<br>"));
    return row(
        code(rule.key()) + former, code(rule.defaultExpression()), rule.description(), calls);
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
