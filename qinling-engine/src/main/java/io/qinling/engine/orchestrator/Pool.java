// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator;

import static java.util.Objects.requireNonNull;

/**
 * What a pool of workers is made from.
 *
 * @param runtimeId id of the runtime, which is the pool's name
 * @param image the runtime's image, as its operator wrote it
 * @param trusted whether its workers may share the kernel with everything else
 */
public record Pool(String runtimeId, String image, boolean trusted) {
  public Pool {
    requireNonNull(runtimeId, "runtimeId");
    requireNonNull(image, "image");
    if (runtimeId.isEmpty()) {
      throw new IllegalArgumentException("The runtime id is empty");
    }
  }

  public Pool withImage(String newImage) {
    return new Pool(runtimeId, newImage, trusted);
  }
}
