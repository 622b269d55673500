// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.api.database.Condition;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;

/** Which projects' objects a list shows. */
public final class ProjectScope {
  private ProjectScope() {}

  /**
   * The own project's; those of all projects on request; those that a filter names for
   * administrators, for others the filter means nothing.
   *
   * @param rule what must be allowed to see other projects
   * @throws io.qinling.error.QinlingException NOT_ALLOWED when it is not
   */
  public static Condition of(Caller caller, Query query, Policy policy, PolicyRule rule) {
    var filter = query.text("project_id").filter(text -> !text.isEmpty());
    if (caller.admin() && filter.isPresent()) {
      policy.enforce(caller, rule, Policy.NO_PROJECT);
      return Condition.filter("project_id", filter.get());
    }
    if (query.flag("all_projects")) {
      policy.enforce(caller, rule, Policy.NO_PROJECT);
      return Condition.ALL;
    }
    return Condition.equal("project_id", caller.projectId());
  }
}
