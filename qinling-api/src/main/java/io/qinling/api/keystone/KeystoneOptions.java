// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * Where Keystone is and how it is spoken to.
 *
 * @param authUrl ends in {@code /v3}
 * @param publicUrl what clients are told, as the operator wrote it
 * @param region that endpoints are looked up in; empty for any
 * @param workersCaFile certificates that functions check the cloud against, as a path on the
 *     workers
 */
public record KeystoneOptions(
    String authUrl,
    String publicUrl,
    ServiceUser user,
    Optional<String> region,
    Optional<String> workersCaFile,
    Transport transport) {
  private static final String VERSION = "/v3";

  public KeystoneOptions {
    authUrl = versioned(authUrl);
    requireNonNull(publicUrl, "publicUrl");
    requireNonNull(user, "user");
  }

  /**
   * How requests are sent.
   *
   * @param timeout for one attempt, from connecting to the end of the answer
   * @param retries how often an attempt that failed is repeated
   */
  public record Transport(Tls tls, Duration timeout, int retries) {
    public Transport {
      requireNonNull(tls, "tls");
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException(
            "the timeout must be more than zero, not " + timeout.toSeconds() + " s");
      }
      if (retries < 0) {
        throw new IllegalArgumentException("retries must not be negative, as is " + retries);
      }
    }
  }

  /** Where functions find Keystone. */
  String authUrlOfFunctions() {
    return versioned(publicUrl);
  }

  private static String versioned(String url) {
    if (!url.matches("https?://[^/\\s]+\\S*")) {
      throw new IllegalArgumentException("not an address of Keystone: " + url);
    }
    var bare = url.replaceFirst("/+$", "");
    return bare.endsWith(VERSION) ? bare : bare + VERSION;
  }
}
