// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.qinling.engine.orchestrator.kubernetes.UnusableFileException;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestPemFiles {
  private static final String RSA = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
  private static final String EC = "-algorithm EC -pkeyopt ec_paramgen_curve:";

  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;
  private Path certificate;
  private Path key;
  private PemFiles files;

  @BeforeEach
  void make() throws Exception {
    certificate = folder.resolve("cert.pem");
    key = folder.resolve("key.pem");
    makePair(EC + "P-256");
    Files.copy(certificate, folder.resolve("ca.pem"));
    files = new PemFiles(vertx, folder.resolve("ca.pem"), certificate, key);
  }

  @AfterEach
  void close() {
    var _ = vertx.close();
  }

  @ParameterizedTest
  @CsvSource({
    RSA + ", PKCS#1, RSA PRIVATE KEY",
    RSA + ", PKCS#8, PRIVATE KEY",
    EC + "P-256, SEC1, EC PRIVATE KEY",
    EC + "P-256, PKCS#8, PRIVATE KEY",
    EC + "P-384, SEC1, EC PRIVATE KEY",
    EC + "P-384, PKCS#8, PRIVATE KEY"
  })
  void everyFormatOfKeysIsRead(String algorithm, String format, String header) throws Exception {
    makePair(algorithm);
    if (!format.equals("PKCS#8")) {
      rewrite("pkey", "-traditional");
    }
    assertThat(key).content().startsWith("-----BEGIN " + header + "-----");

    assertThatCode(this::apply).doesNotThrowAnyException();
  }

  /** As `openssl ecparam -genkey` writes it. */
  @Test
  void aKeyAfterItsParametersIsRead() throws Exception {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", key.toString());
    assertThat(key).content().contains("BEGIN EC PARAMETERS", "BEGIN EC PRIVATE KEY");
    certify();

    assertThatCode(this::apply).doesNotThrowAnyException();
  }

  @Test
  void anEncryptedKeyIsRefused() throws Exception {
    rewrite("pkcs8", "-topk8", "-passout", "pass:x");

    assertUnusable("[kubernetes] key_file holds no key in PEM that is not encrypted: " + key);
  }

  @ParameterizedTest
  @ValueSource(strings = {EC + "P-256", EC + "P-384"})
  void aKeyOfAnotherCertificateIsRefused(String algorithm) throws Exception {
    var old = Files.readAllBytes(certificate);
    makePair(algorithm);
    Files.write(certificate, old);

    assertUnusable("[kubernetes] key_file does not belong to the certificate of cert_file: " + key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.pem", "cert.pem", "key.pem"})
  void aFileThatHoldsSomethingElseIsNamed(String name) throws IOException {
    Files.writeString(folder.resolve(name), "no PEM");

    var option =
        switch (name) {
          case "ca.pem" -> "ssl_ca_cert holds no certificate in PEM";
          case "cert.pem" -> "cert_file holds no certificate that is valid now";
          default -> "key_file holds no key in PEM that is not encrypted";
        };
    assertUnusable("[kubernetes] " + option + ": " + folder.resolve(name));
  }

  @Test
  void aFileThatIsMissingIsNamed() throws IOException {
    Files.delete(key);

    assertThatThrownBy(files::fingerprint)
        .hasMessage("[kubernetes] key_file does not exist or may not be read: " + key);
  }

  @Test
  void anExpiredCertificateIsRefused() throws Exception {
    openssl(
        "x509",
        "-in",
        certificate.toString(),
        "-signkey",
        key.toString(),
        "-days",
        "-1",
        "-out",
        certificate.toString());

    assertUnusable("[kubernetes] cert_file has expired: " + certificate);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.pem", "cert.pem", "key.pem"})
  void aChangedFileChangesTheFingerprint(String name) throws IOException {
    var before = files.fingerprint();
    assertThat(files.fingerprint()).isEqualTo(before);

    Files.setLastModifiedTime(
        folder.resolve(name), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));

    assertThat(files.fingerprint()).isNotEqualTo(before);
  }

  private void assertUnusable(String words) {
    assertThatThrownBy(this::apply)
        .isInstanceOf(UnusableFileException.class)
        .hasMessageStartingWith(words);
  }

  private void apply() throws IOException {
    files.applyTo(new VertxHttpClientFactory(vertx).newBuilder());
  }

  private void makePair(String algorithm) throws Exception {
    var command = new ArrayList<>(List.of("genpkey", "-out", key.toString()));
    command.addAll(List.of(algorithm.split(" ", -1)));
    openssl(command.toArray(String[]::new));
    certify();
  }

  private void certify() throws Exception {
    openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        key.toString(),
        "-days",
        "2",
        "-subj",
        "/CN=test",
        "-out",
        certificate.toString());
  }

  private void rewrite(String... command) throws Exception {
    var before = Files.move(key, folder.resolve("before.pem"));
    var arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("-in", before.toString(), "-out", key.toString()));
    openssl(arguments.toArray(String[]::new));
  }

  private static void openssl(String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }
}
