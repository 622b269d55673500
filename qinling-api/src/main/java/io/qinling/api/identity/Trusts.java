// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import java.util.Optional;

/**
 * Keystone's trusts: with one, the service may act as the user who made a function, also when that
 * user is away. Methods block.
 */
public interface Trusts {
  /**
   * Makes a trust of a caller to the service; empty without authentication.
   *
   * @return its id
   * @throws io.qinling.error.QinlingException UNAVAILABLE when Keystone cannot be reached, INTERNAL
   *     when it refuses
   */
  Optional<String> create(Caller caller);

  /** Deletes a trust as far as possible; a failure is only logged. */
  void delete(Caller caller, String trustId);

  /**
   * A token with which a function acts as its owner, from memory when one is there that lasts long
   * enough.
   *
   * @return empty without authentication, and when Keystone gives none, which is logged
   */
  Optional<TrustSession> session(String trustId);
}
