// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.api.database.Condition;
import io.qinling.api.identity.Caller;

/** Which projects' objects a list shows. */
public final class ProjectScope {
  private ProjectScope() {}

  /**
   * The own project's; those of all projects on request; those that a filter names for
   * administrators, for others the filter means nothing.
   */
  public static Condition of(Caller caller, Query query) {
    var filter = query.text("project_id").filter(text -> !text.isEmpty());
    if (caller.admin() && filter.isPresent()) {
      return Condition.filter("project_id", filter.get());
    }
    return query.flag("all_projects")
        ? Condition.ALL
        : Condition.equal("project_id", caller.projectId());
  }
}
