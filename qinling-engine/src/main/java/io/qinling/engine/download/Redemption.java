// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.download;

import java.util.concurrent.CompletableFuture;

/** What comes of the use of a link. */
public sealed interface Redemption {
  /**
   * The link is good, and used up now.
   *
   * @param digest of the package
   * @param transfer to be completed when the package has been sent, or why it has not
   */
  record Granted(String digest, CompletableFuture<Void> transfer) implements Redemption {}

  /** The link is none of this engine's, or was changed. */
  record Invalid() implements Redemption {}

  /** Its time is over. */
  record Expired() implements Redemption {}

  /** It was used before. */
  record Used() implements Redemption {}
}
