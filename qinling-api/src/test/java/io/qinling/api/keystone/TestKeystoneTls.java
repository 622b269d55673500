// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestKeystoneTls {
  private static final String PASSWORD = "changeit";

  @TempDir static Path folder;

  private static Tls tls(String caFile) {
    return new Tls(Optional.of(folder.resolve(caFile)), Optional.empty(), Optional.empty(), false);
  }

  /** Makes a key and certificate: NAME.p12, NAME.crt and NAME.key. */
  private static KeyStore pair(String name, String host)
      throws IOException, InterruptedException, GeneralSecurityException {
    var file = folder.resolve(name + ".p12");
    var keytool =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "it",
            "-keyalg",
            "EC",
            "-dname",
            "CN=" + name,
            "-ext",
            "SAN=" + host,
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            file.toString());
    var made = new ProcessBuilder(keytool).redirectErrorStream(true).start();
    made.getInputStream().readAllBytes();
    assertThat(made.waitFor()).isZero();
    var store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    write(name + ".crt", "CERTIFICATE", store.getCertificate("it").getEncoded());
    write(name + ".key", "PRIVATE KEY", store.getKey("it", PASSWORD.toCharArray()).getEncoded());
    return store;
  }

  private static void write(String name, String kind, byte[] content) throws IOException {
    var text = Base64.getMimeEncoder().encodeToString(content);
    Files.writeString(
        folder.resolve(name),
        "Some words\n-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, text));
  }

  private static FakeKeystone keystone(KeyStore own, KeyStore believed) throws Exception {
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD.toCharArray());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("it", believed.getCertificate("it"));
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return new FakeKeystone(context, !own.equals(believed));
  }

  private static boolean reaches(FakeKeystone keystone, Tls tls) {
    var options = keystone.options(tls, FakeKeystone.TIMEOUT);
    var http = new CloudHttp(options.transport(), attempt -> {});
    try (var client = new KeystoneClient(options, new TurnedClock(), http)) {
      return client.reachable();
    }
  }

  @Test
  void onlyWhoseCertificateIsInTheCaFileIsBelieved() throws Exception {
    var own = pair("own", "ip:127.0.0.1");
    pair("foreign", "ip:127.0.0.1");
    try (var keystone = keystone(own, own)) {
      assertThat(reaches(keystone, tls("own.crt"))).isTrue();
      assertThat(reaches(keystone, tls("foreign.crt"))).isFalse();
      assertThat(reaches(keystone, Tls.SYSTEM)).isFalse();
    }
  }

  @Test
  void aCertificateOfAnotherHostIsBelievedOnlyByTheInsecure() throws Exception {
    var elsewhere = pair("elsewhere", "dns:elsewhere.test");
    try (var keystone = keystone(elsewhere, elsewhere)) {
      assertThat(reaches(keystone, tls("elsewhere.crt"))).isFalse();
      var insecure = new Tls(Optional.empty(), Optional.empty(), Optional.empty(), true);
      assertThat(reaches(keystone, insecure)).isTrue();
    }
  }

  @Test
  void theServiceShowsItsCertificateToAKeystoneThatWantsOne() throws Exception {
    var server = pair("server", "ip:127.0.0.1");
    var service = pair("service", "dns:qinling");
    try (var keystone = keystone(server, service)) {
      assertThat(reaches(keystone, tls("server.crt"))).isFalse();
      var known =
          new Tls(
              Optional.of(folder.resolve("server.crt")),
              Optional.of(folder.resolve("service.crt")),
              Optional.of(folder.resolve("service.key")),
              false);
      assertThat(reaches(keystone, known)).isTrue();
    }
  }

  @Test
  void aFileThatCannotBeUsedIsNamed() throws Exception {
    Files.writeString(folder.resolve("empty.crt"), "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tls("empty.crt").context())
        .withMessageContaining("empty.crt holds no certificate");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tls("missing.crt").context())
        .withMessageContaining("missing.crt cannot be read");
    write("broken.key", "PRIVATE KEY", new byte[] {1, 2, 3});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pem.key(folder.resolve("broken.key")))
        .withMessageContaining("broken.key holds a key that is none of");
  }
}
