// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

/** The rules that others are made of, by upstream's names; policy files may replace them too. */
public enum BaseRule {
  CONTEXT_IS_ADMIN("context_is_admin", "role:admin or is_admin:1", "Administrators."),
  OWNER("owner", "project_id:%(project_id)s", "Users of the project that owns the object."),
  ADMIN_OR_OWNER(
      "admin_or_owner", "rule:context_is_admin or rule:owner", "Either of the two above."),
  DEFAULT(
      "default",
      "rule:admin_or_owner",
      "Whom rules allow that others refer to and that exist nowhere.");

  private final String key;
  private final String defaultExpression;
  private final String description;

  BaseRule(String key, String defaultExpression, String description) {
    this.key = key;
    this.defaultExpression = defaultExpression;
    this.description = description;
  }

  /** The name in policy files. */
  public String key() {
    return key;
  }

  /** What holds unless a policy file says otherwise. */
  public String defaultExpression() {
    return defaultExpression;
  }

  /** Whom it lets pass. */
  public String description() {
    return description;
  }
}
