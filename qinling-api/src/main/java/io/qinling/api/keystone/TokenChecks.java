// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Ticker;
import io.qinling.api.identity.UserToken;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who tokens belong to, from memory where possible. That a token was revoked is noticed when its
 * entry is as old as is allowed; that it expired, at once.
 */
final class TokenChecks {
  /** A cloud's busy users and services; some 10 MB. */
  static final int MOST = 10_000;

  /** A token does not become valid, but Keystone's servers may learn of a new key one by one. */
  private static final Duration KEEP_INVALID = Duration.ofSeconds(10);

  /** Longer than Keystone's longest; nobody is asked about anything else. */
  private static final Pattern TOKEN = Pattern.compile("[!-~]{1,8192}");

  private final KeystoneClient keystone;
  private final Optional<Lookups<Optional<UserToken>>> memory;
  private final Clock clock;

  /**
   * @param keep how long an answer counts; nothing is remembered unless it is more than zero
   */
  TokenChecks(KeystoneClient keystone, Duration keep, Clock clock, Ticker ticker) {
    this.keystone = keystone;
    this.clock = clock;
    memory =
        keep.isPositive()
            ? Optional.of(new Lookups<>(MOST, ticker, found -> keepFor(found, keep)))
            : Optional.empty();
  }

  /**
   * Who a token belongs to.
   *
   * @param evenExpired whether it may have expired not long ago
   * @return empty when it is not valid
   */
  Optional<UserToken> check(String token, boolean evenExpired) {
    var found =
        memory.isEmpty()
            ? lookUp(token, evenExpired)
            : memory.get().get(key(token, evenExpired), () -> lookUp(token, evenExpired));
    return found.filter(valid -> evenExpired || clock.instant().isBefore(valid.expiresAt()));
  }

  private Optional<UserToken> lookUp(String token, boolean evenExpired) {
    return TOKEN.matcher(token).matches()
        ? keystone.validate(token, evenExpired)
        : Optional.empty();
  }

  /** Checks that memory answered. */
  long hits() {
    return memory.map(Lookups::hits).orElse(0L);
  }

  /** Checks for which Keystone was asked, while anything is remembered. */
  long misses() {
    return memory.map(Lookups::misses).orElse(0L);
  }

  private static Duration keepFor(Optional<UserToken> found, Duration longest) {
    var most = found.isPresent() ? longest : KEEP_INVALID;
    return most.compareTo(longest) < 0 ? most : longest;
  }

  /**
   * A digest, so that what is sent to us neither decides how large an entry is nor can be guessed
   * from how long finding it takes.
   */
  private static String key(String token, boolean evenExpired) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
      return new String(digest, ISO_8859_1) + (evenExpired ? '+' : '-');
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
