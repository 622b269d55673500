// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads PEM files. A file that cannot be used is an IllegalArgumentException that names it. */
final class Pem {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private Pem() {}

  /** The certificates of a file, at least one; text between them is passed over. */
  static List<X509Certificate> certificates(Path file) throws GeneralSecurityException {
    var factory = CertificateFactory.getInstance("X.509");
    var found = CERTIFICATE.matcher(read(file)).results().toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException(file + " holds no certificate in PEM");
    }
    return found.stream().map(match -> certificate(factory, file, match.group())).toList();
  }

  private static X509Certificate certificate(CertificateFactory factory, Path file, String pem) {
    try {
      var bytes = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
      return (X509Certificate) factory.generateCertificate(bytes);
    } catch (GeneralSecurityException malformed) {
      throw new IllegalArgumentException(
          file + " holds what is not a certificate: " + malformed.getMessage(), malformed);
    }
  }

  /** The unencrypted PKCS #8 key of a file. */
  static PrivateKey key(Path file) throws GeneralSecurityException {
    var pem = KEY.matcher(read(file));
    if (!pem.find()) {
      throw new IllegalArgumentException(
          file
              + " holds no unencrypted PKCS #8 key in PEM;"
              + " \"openssl pkcs8 -topk8 -nocrypt\" makes one");
    }
    var bytes = Base64.getMimeDecoder().decode(pem.group(1));
    var spec = new PKCS8EncodedKeySpec(bytes);
    for (var algorithm : ALGORITHMS) {
      var key = key(algorithm, spec);
      if (key.isPresent()) {
        return key.get();
      }
    }
    throw new IllegalArgumentException(file + " holds a key that is none of " + ALGORITHMS);
  }

  private static Optional<PrivateKey> key(String algorithm, PKCS8EncodedKeySpec spec)
      throws GeneralSecurityException {
    try {
      return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(spec));
    } catch (InvalidKeySpecException another) {
      return Optional.empty();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException failed) {
      throw new IllegalArgumentException(file + " cannot be read: " + failed, failed);
    }
  }
}
