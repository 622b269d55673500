// SPDX-License-Identifier: Apache-2.0
package io.qinling.credentials;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The certificates that this host believes, to which operators add their own. */
public final class SystemAuthorities {
  /** Of Debian and Red Hat; Java's own list knows nothing of them. */
  private static final List<Path> FILES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"));

  private SystemAuthorities() {}

  /**
   * Their file, PEM; empty where the system has none, and then Java's own list is what there is.
   */
  public static Optional<Path> file() {
    return FILES.stream().filter(Files::isReadable).findFirst();
  }
}
