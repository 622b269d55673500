// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import java.time.Instant;

/**
 * The service's own token and what came with it.
 *
 * @param token never to be logged
 * @param userId the service's user
 * @param renewAt when to ask for the next one, before it expires
 */
record ServiceSession(
    String token,
    String userId,
    Catalogue catalogue,
    Instant since,
    Instant renewAt,
    Instant expiresAt) {
  @Override
  public String toString() {
    return "ServiceSession[userId=" + userId + ", expiresAt=" + expiresAt + "]";
  }
}
