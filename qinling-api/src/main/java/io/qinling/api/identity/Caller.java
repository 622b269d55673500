// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import static java.util.Objects.requireNonNull;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Optional;

/**
 * Who made a request, or in whose name the service does something by itself.
 *
 * @param projectId the project that owns what the caller makes
 * @param admin whether the caller sees all projects when it addresses an object by id
 * @param token what the caller authenticated with; empty without authentication, and for the
 *     service itself
 */
public record Caller(String projectId, boolean admin, Optional<UserToken> token) {
  /** The project of every request when authentication is switched off. */
  public static final String NO_AUTH_PROJECT = "default";

  public Caller {
    requireNonNull(projectId, "projectId");
    requireNonNull(token, "token");
  }

  /** The service itself, acting for a project and seeing nothing of others. */
  public static Caller inProject(String projectId) {
    return new Caller(projectId, false, Optional.empty());
  }

  /** The same caller, seeing its own project only. */
  public Caller withinProject() {
    return admin ? new Caller(projectId, false, token) : this;
  }

  /** Whether an object of that project exists for the caller. */
  public boolean sees(String ownerProjectId) {
    return admin || projectId.equals(ownerProjectId);
  }

  /**
   * Refuses what only the owning project may do.
   *
   * @throws QinlingException NOT_ALLOWED
   */
  public void requireOwner(String ownerProjectId) {
    if (!projectId.equals(ownerProjectId)) {
      throw new QinlingException(ErrorCode.NOT_ALLOWED, "Operation not allowed");
    }
  }
}
