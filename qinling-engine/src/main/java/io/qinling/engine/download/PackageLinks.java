// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.download;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes links to packages and knows them again: each is good for one use, within a minute, at the
 * engine that made it and until that one ends. Safe for use by any thread; never blocks.
 */
public final class PackageLinks {
  /** What the path of a link begins with; the package's digest follows. */
  public static final String PATH = "/packages/";

  private static final Duration LIFETIME = Duration.ofMinutes(1);
  private static final String ALGORITHM = "HmacSHA256";
  private static final int RANDOM_BYTES = 16;

  private final String address;
  private final SecretKeySpec key;
  private final InstantSource clock;
  private final AtomicLong numbers = new AtomicLong();

  /** Has links of other engines and earlier runs, which know the same secret, not be ours. */
  private final String run;

  /** By their signatures, the links that were used and whose time is not over. */
  private final Cache<String, CompletableFuture<Void>> used;

  /**
   * @param address {@code host:port} at which workers reach this engine
   * @param secret nobody but engines knows it
   */
  public PackageLinks(String address, String secret, InstantSource clock) {
    this.address = address;
    this.key = new SecretKeySpec(secret.getBytes(UTF_8), ALGORITHM);
    this.clock = clock;
    var random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    this.run = HexFormat.of().formatHex(random);
    this.used =
        Caffeine.newBuilder()
            .expireAfterWrite(LIFETIME.multipliedBy(2))
            // The same clock: a link must not be forgotten before it has expired.
            .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
            .executor(Runnable::run)
            .build();
  }

  /**
   * @param digest of the package, which need not exist
   * @param worker whom the link is for, a name of letters, digits, dots and dashes
   */
  public PackageLink issue(String digest, String worker) {
    var number = Long.toString(numbers.incrementAndGet());
    var expires = Long.toString(clock.instant().plus(LIFETIME).getEpochSecond());
    var signature = sign(digest, worker, number, expires);
    var url =
        "http://%s%s%s?worker=%s&number=%s&expires=%s&signature=%s"
            .formatted(address, PATH, digest, worker, number, expires, signature);
    return new PackageLink(url, signature);
  }

  /** Uses a link, as its parts say; at most one of several callers has it granted. */
  public Redemption redeem(
      String digest, String worker, String number, String expires, String signature) {
    var expected = sign(digest, worker, number, expires);
    if (!MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8))) {
      return new Redemption.Invalid();
    }
    if (clock.instant().isAfter(Instant.ofEpochSecond(Long.parseLong(expires)))) {
      return new Redemption.Expired();
    }
    var transfer = new CompletableFuture<Void>();
    return used.asMap().putIfAbsent(signature, transfer) == null
        ? new Redemption.Granted(digest, transfer)
        : new Redemption.Used();
  }

  /** How the use of a link of the last minute goes; empty while nobody has used it. */
  public Optional<CompletableFuture<Void>> transfer(PackageLink link) {
    return Optional.ofNullable(used.getIfPresent(link.signature()));
  }

  private String sign(String... parts) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      // The parts are always as many, so that a line break within one makes another text.
      var text = "package\n" + run + "\n" + String.join("\n", parts);
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
