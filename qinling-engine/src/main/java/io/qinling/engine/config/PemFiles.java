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
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;

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
    var certified = valid().getPublicKey();
    var keys = read();
    if (!fits(keys, certified)) {
      throw new UnusableFileException(
          "key_file", "does not belong to the certificate of cert_file", key, null);
    }
    return keys;
  }

  private KeyManager[] read() throws IOException {
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

  /** Whether what one of the keys signs is verified by the certified one. */
  private static boolean fits(KeyManager[] keys, PublicKey certified) {
    return Arrays.stream(keys)
        .filter(X509KeyManager.class::isInstance)
        .map(X509KeyManager.class::cast)
        .map(holder ->
            holder.getPrivateKey(
                holder.chooseClientAlias(new String[] {certified.getAlgorithm()}, null, null)))
        .anyMatch(secret -> secret != null && isPair(secret, certified));
  }

  private static boolean isPair(PrivateKey secret, PublicKey certified) {
    try {
      var signature =
          Signature.getInstance(
              switch (certified.getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> certified.getAlgorithm();
              });
      signature.initSign(secret);
      signature.update(certified.getEncoded());
      var signed = signature.sign();
      signature.initVerify(certified);
      signature.update(certified.getEncoded());
      return signature.verify(signed);
    } catch (GeneralSecurityException anotherKind) {
      return false;
    }
  }

  private X509Certificate valid() throws IOException {
    try (InputStream file = Files.newInputStream(certificate)) {
      var read =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
      read.checkValidity();
      return read;
    } catch (CertificateExpiredException expired) {
      throw new UnusableFileException("cert_file", "has expired", certificate, expired);
    } catch (CertificateException unusable) {
      throw new UnusableFileException(
          "cert_file", "holds no certificate that is valid now", certificate, unusable);
    }
  }
}
