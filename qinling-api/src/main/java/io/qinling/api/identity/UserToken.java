// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What Keystone says of a token that it found valid. Optional parts are those that a token may lack
 * by its scope.
 *
 * @param value the token itself; never to be logged
 * @param roles names of the roles on the project
 * @param roleIds ids of the same roles
 * @param isAdminProject whether the project is the cloud's administrative one; true in clouds that
 *     have none
 * @param service who calls in the user's name, when another service does
 */
public record UserToken(
    String value,
    String userId,
    Optional<String> userName,
    Optional<String> userDomainId,
    Optional<String> projectId,
    Optional<String> projectName,
    Optional<String> projectDomainId,
    Optional<String> projectDomainName,
    Optional<String> domainId,
    Optional<String> systemScope,
    List<String> roles,
    List<String> roleIds,
    boolean isAdminProject,
    Instant expiresAt,
    Optional<Service> service) {
  public UserToken {
    requireNonNull(value, "value");
    requireNonNull(userId, "userId");
    roles = List.copyOf(roles);
    roleIds = List.copyOf(roleIds);
  }

  /** The service that sent its own token beside the user's. */
  public record Service(
      String userId,
      Optional<String> userDomainId,
      Optional<String> projectId,
      Optional<String> projectDomainId,
      List<String> roles) {
    public Service {
      roles = List.copyOf(roles);
    }
  }

  /** The same token, sent by a service in the user's name. */
  public UserToken withService(Service caller) {
    return new UserToken(
        value,
        userId,
        userName,
        userDomainId,
        projectId,
        projectName,
        projectDomainId,
        projectDomainName,
        domainId,
        systemScope,
        roles,
        roleIds,
        isAdminProject,
        expiresAt,
        Optional.of(caller));
  }

  @Override
  public String toString() {
    return "UserToken[userId=" + userId + ", projectId=" + projectId + "]";
  }
}
