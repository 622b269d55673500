// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import static java.util.Objects.requireNonNull;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;

/**
 * Who made a request.
 *
 * @param projectId the project that owns what the caller makes
 * @param admin whether the caller sees all projects when it addresses an object by id
 */
public record Caller(String projectId, boolean admin) {
  /** The project of every request when authentication is switched off. */
  public static final String NO_AUTH_PROJECT = "default";

  public Caller {
    requireNonNull(projectId, "projectId");
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
