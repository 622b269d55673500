// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.identity.Caller;
import io.qinling.api.identity.UserToken;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Callers as Keystone would describe them. */
public final class Users {
  public static final String PROJECT = "p1";
  public static final String OTHER_PROJECT = "p2";

  private Users() {}

  /** A user {@code u1} of {@link #PROJECT} with some roles. */
  public static Caller withRoles(String... roles) {
    return caller(List.of(roles), Optional.empty());
  }

  /** A member for whom the service {@code nova} calls. */
  public static Caller throughService() {
    var service =
        new UserToken.Service(
            "nova",
            Optional.of("sd"),
            Optional.of("services"),
            Optional.empty(),
            List.of("service"));
    return caller(List.of("member"), Optional.of(service));
  }

  private static Caller caller(List<String> roles, Optional<UserToken.Service> service) {
    var token =
        new UserToken(
            "secret",
            "u1",
            Optional.of("ann"),
            Optional.of("ud"),
            Optional.of(PROJECT),
            Optional.of("demo"),
            Optional.of("pd"),
            Optional.of("Default"),
            Optional.empty(),
            Optional.of("all"),
            roles,
            List.of(),
            true,
            Instant.EPOCH,
            service);
    return new Caller(PROJECT, roles.contains("admin"), Optional.of(token));
  }
}
