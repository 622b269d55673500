// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import io.qinling.api.engine.RuntimePool;
import io.qinling.api.identity.Caller;
import java.time.Instant;

/**
 * A runtime as it stands in the database; text fields may be null where the API allows it.
 *
 * @param formerImage what the image is again when an upgrade that is under way fails; else null
 */
public record RuntimeRecord(
    String id,
    String projectId,
    String name,
    String description,
    String image,
    String formerImage,
    RuntimeStatus status,
    boolean isPublic,
    boolean trusted,
    Instant createdAt,
    Instant updatedAt) {
  /** Private runtimes exist for their project alone, even where the caller is an administrator. */
  public boolean isVisibleTo(Caller caller) {
    return isPublic || projectId.equals(caller.projectId());
  }

  public RuntimePool pool() {
    return new RuntimePool(id, image, trusted);
  }
}
