// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.qinling.engine.orchestrator.kubernetes.TlsMaterial;
import io.qinling.engine.orchestrator.kubernetes.UnusableFileException;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;

/**
 * CA, certificate and key in PEM files, as operators and Magnum keep them. Vert.x reads keys of
 * PKCS#1, SEC 1 and PKCS#8.
 */
final class PemFiles implements TlsMaterial {
  private final Vertx vertx;
  private final Path ca;
  private final Path certificate;
  private final Path key;

  PemFiles(Vertx vertx, Path ca, Path certificate, Path key) {
    this.vertx = vertx;
    this.ca = ca;
    this.certificate = certificate;
    this.key = key;
  }

  @Override
  public String fingerprint() throws IOException {
    return state("ssl_ca_cert", ca) + state("cert_file", certificate) + state("key_file", key);
  }

  private static String state(String option, Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new UnusableFileException(option, "does not exist or may not be read", file, null);
    }
    return Files.getLastModifiedTime(file) + "," + Files.size(file) + ";";
  }

  @Override
  public void applyTo(HttpClient.Builder client) throws IOException {
    client.sslContext(keys(), trusted());
  }

  private TrustManager[] trusted() throws IOException {
    try {
      return new PemTrustOptions()
          .addCertPath(ca.toString())
          .getTrustManagerFactory(vertx)
          .getTrustManagers();
    } catch (Exception unusable) {
      throw new UnusableFileException("ssl_ca_cert", "holds no certificate in PEM", ca, unusable);
    }
  }

  private KeyManager[] keys() throws IOException {
    requireValid();
    try {
      return new PemKeyCertOptions()
          .addCertPath(certificate.toString())
          .addKeyPath(key.toString())
          .getKeyManagerFactory(vertx)
          .getKeyManagers();
    } catch (Exception unusable) {
      throw new UnusableFileException(
          "key_file", "holds no key in PEM that is not encrypted", key, unusable);
    }
  }

  private void requireValid() throws IOException {
    try (InputStream file = Files.newInputStream(certificate)) {
      var read = CertificateFactory.getInstance("X.509").generateCertificate(file);
      if (read instanceof X509Certificate its) {
        its.checkValidity();
      }
    } catch (CertificateExpiredException expired) {
      throw new UnusableFileException("cert_file", "has expired", certificate, expired);
    } catch (CertificateException unusable) {
      throw new UnusableFileException(
          "cert_file", "holds no certificate that is valid now", certificate, unusable);
    }
  }
}
