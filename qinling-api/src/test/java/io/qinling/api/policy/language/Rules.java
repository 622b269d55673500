// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy.language;

import io.qinling.api.identity.Caller;

/** Asks rules that refer to no other. */
final class Rules {
  private Rules() {}

  static boolean holds(Parsed rule, Caller caller, String ownerProjectId) {
    return rule.expression().link(true, (name, _) -> fail(name)).holds(caller, ownerProjectId);
  }

  private static Check fail(String name) {
    throw new AssertionError("reference to " + name);
  }
}
