// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import java.util.List;

/**
 * The images that functions may be.
 *
 * @param patterns names of images, or beginnings of names followed by {@code *}
 */
public record AllowedImages(List<String> patterns) {
  private static final String REST = "*";

  /** Whether one of the patterns covers the image, which is named as the function has it. */
  boolean admit(String image) {
    return patterns.stream()
        .anyMatch(pattern ->
            pattern.endsWith(REST)
                ? image.startsWith(pattern.substring(0, pattern.length() - REST.length()))
                : image.equals(pattern));
  }
}
