// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;

/**
 * What makes the token that a service sends beside its user's one of a service.
 *
 * @param roles one of which it must have
 * @param required whether a token without them is refused; otherwise it only counts for nothing
 */
public record ServiceTokenRules(Set<String> roles, boolean required) {
  public ServiceTokenRules {
    roles = Set.copyOf(roles);
  }

  boolean isService(Collection<String> given) {
    return !Collections.disjoint(roles, given);
  }
}
