// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import java.util.Optional;

/**
 * What a function needs to talk to the cloud as its owner.
 *
 * @param authUrl address of Keystone
 * @param token valid for the owner's project; never to be logged
 * @param userId the owner
 * @param projectId the owner's project
 * @param caFile certificates that the cloud's services are checked against, as a path on the
 *     workers
 */
public record TrustSession(
    String authUrl, String token, String userId, String projectId, Optional<String> caFile) {
  @Override
  public String toString() {
    return "TrustSession[projectId=" + projectId + "]";
  }
}
