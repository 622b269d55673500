// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import java.util.Optional;
import java.util.function.Function;

/** Finds out who makes a request. Called on the thread of the request; may block. */
public interface Authenticator {
  /**
   * @param header gives the value of a request's header, or null
   * @throws io.qinling.error.QinlingException UNAUTHENTICATED without valid credentials,
   *     UNAVAILABLE when they cannot be checked
   */
  Caller authenticate(Function<String, String> header);

  /** What the header WWW-Authenticate of a refusal says. */
  Optional<String> challenge();
}
