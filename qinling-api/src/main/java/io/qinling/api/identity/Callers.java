// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import io.vertx.core.http.HttpServerRequest;
import java.util.Arrays;

/**
 * Finds out who makes a request. Authentication is switched off: every caller is of one project.
 */
public final class Callers {
  /** A role is believed only because nothing is protected without authentication. */
  private static final String ROLES = "X-Roles";

  private Callers() {}

  public static Caller of(HttpServerRequest request) {
    var roles = request.getHeader(ROLES);
    boolean admin =
        roles != null
            && Arrays.stream(roles.split(",")).map(String::strip).anyMatch("admin"::equals);
    return new Caller(Caller.NO_AUTH_PROJECT, admin);
  }
}
