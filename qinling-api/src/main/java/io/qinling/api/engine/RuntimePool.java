// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.engine;

/**
 * A runtime as the engine needs to know it.
 *
 * @param runtimeId id of the runtime
 * @param image its image
 * @param trusted whether its workers may share the kernel with others
 */
public record RuntimePool(String runtimeId, String image, boolean trusted) {
  /** For functions that bring their own image. */
  public static final RuntimePool NONE = new RuntimePool("", "", true);
}
