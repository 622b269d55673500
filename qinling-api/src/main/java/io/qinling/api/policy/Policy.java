// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.identity.Caller;

/** Decides whether a caller may do something. Never blocks. */
public interface Policy {
  /** Allows everything, as is the rule without authentication. */
  Policy ALLOW_ALL = (caller, rule, ownerProjectId) -> {};

  /** Owns what is of all projects: nobody is of it. */
  String NO_PROJECT = "";

  /**
   * Refuses what the rule does not allow.
   *
   * @param ownerProjectId project of the object
   * @throws io.qinling.error.QinlingException NOT_ALLOWED
   */
  void enforce(Caller caller, PolicyRule rule, String ownerProjectId);

  /** As the other, for what the caller makes. */
  default void enforce(Caller caller, PolicyRule rule) {
    enforce(caller, rule, caller.projectId());
  }
}
