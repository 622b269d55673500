// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import io.qinling.credentials.SystemAuthorities;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * How the cloud's services prove who they are, and how this one does. Files are PEM.
 *
 * @param caFile certificates to believe instead of the system's
 * @param certFile the certificate of this service, followed by those that signed it
 * @param keyFile its key; in {@code certFile} when empty
 * @param insecure whether anybody is believed
 */
public record Tls(
    Optional<Path> caFile, Optional<Path> certFile, Optional<Path> keyFile, boolean insecure) {
  /** Believes what the system believes. */
  public static final Tls SYSTEM =
      new Tls(Optional.empty(), Optional.empty(), Optional.empty(), false);

  private static final char[] NO_PASSWORD = {};

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException naming the file that cannot be used
   */
  SSLContext context() {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(keyManagers(), trustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException impossible) {
      throw new IllegalArgumentException("TLS cannot be set up: " + impossible, impossible);
    }
  }

  private KeyManager[] keyManagers() throws GeneralSecurityException, IOException {
    if (certFile.isEmpty()) {
      return null;
    }
    var store = emptyStore();
    store.setKeyEntry(
        "qinling",
        Pem.key(keyFile.orElse(certFile.get())),
        NO_PASSWORD,
        Pem.certificates(certFile.get()).toArray(X509Certificate[]::new));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private TrustManager[] trustManagers() throws GeneralSecurityException, IOException {
    if (insecure) {
      return new TrustManager[] {new TrustsAnybody()};
    }
    var file = caFile.or(SystemAuthorities::file);
    if (file.isEmpty()) {
      return null;
    }
    var store = emptyStore();
    for (var certificate : Pem.certificates(file.get())) {
      store.setCertificateEntry(Integer.toString(store.size()), certificate);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
