// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination;

/** What came of the wish to own a function version. */
public sealed interface Ownership {
  /**
   * It is this engine's as long as the session lasts.
   *
   * @param session as {@link Coordination#session} tells it
   */
  record Owned(long session) implements Ownership {}

  /**
   * It is another engine's.
   *
   * @param address {@code host:port} of the owner; empty when it has just gone
   */
  record OwnedByAnother(String address) implements Ownership {}
}
