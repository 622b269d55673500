// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import io.qinling.api.identity.TrustSession;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a function may use for a while.
 *
 * @param session empty when Keystone gave none
 * @param renewFrom from when on a use is the occasion to get the next one
 * @param until when it may not be handed out any more, although what got it before may go on
 */
record TrustToken(Optional<TrustSession> session, Instant renewFrom, Instant until) {
  /** Longer than any function runs. */
  private static final Duration LEFT = Duration.ofMinutes(10);

  /** That a user's change of password revoked a token is not seen from here. */
  private static final Duration FRESH = Duration.ofMinutes(5);

  /** Keeps Keystone from being asked at every call of a function whose owner is gone. */
  private static final Duration UNTIL_ASKED_AGAIN = Duration.ofSeconds(10);

  static TrustToken of(TrustSession session, Instant now, Instant expiresAt) {
    var life = Duration.between(now, expiresAt);
    return new TrustToken(
        Optional.of(session),
        now.plus(shorter(FRESH, life.dividedBy(2))),
        expiresAt.minus(shorter(LEFT, life.dividedBy(4))));
  }

  static TrustToken none(Instant now) {
    var later = now.plus(UNTIL_ASKED_AGAIN);
    return new TrustToken(Optional.empty(), later, later);
  }

  TrustToken renewedLater(Instant now) {
    return new TrustToken(session, now.plus(UNTIL_ASKED_AGAIN), until);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
