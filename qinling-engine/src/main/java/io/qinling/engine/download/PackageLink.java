// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.download;

/**
 * A link to a package for one worker. Whoever has it may use it, so it is never to be logged.
 *
 * @param url of {@code http}
 * @param signature by which the link is known from all others
 */
public record PackageLink(String url, String signature) {
  @Override
  public String toString() {
    return "PackageLink";
  }
}
