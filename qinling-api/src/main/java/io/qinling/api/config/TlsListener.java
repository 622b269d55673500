// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/** Has the listener speak TLS when {@code [api] enable_ssl_api} says so. */
@ApplicationScoped
public class TlsListener implements HttpServerOptionsCustomizer {
  private final boolean enabled;
  private final TlsConfig tls;

  TlsListener(ApiConfig api, TlsConfig tls) {
    this.enabled = api.enableSslApi();
    this.tls = tls;
  }

  @Override
  public void customizeHttpServer(HttpServerOptions listener) {
    if (!enabled) {
      return;
    }
    listener.setSsl(true).setUseAlpn(true).setKeyCertOptions(keys(tls));
    if (tls.caFile().isPresent()) {
      listener.setClientAuth(ClientAuth.REQUIRED).setTrustOptions(authorities(tls));
    }
  }

  /**
   * @throws ConfigurationException naming the option whose file cannot be read
   */
  static void requireFiles(TlsConfig tls) {
    var _ = required("cert_file", tls.certFile());
    var _ = required("key_file", tls.keyFile());
    if (tls.caFile().isPresent()) {
      var _ = required("ca_file", tls.caFile());
    }
  }

  /**
   * Reads the files as the listener does.
   *
   * @return until when the certificate is valid
   * @throws ConfigurationException when the files cannot be used, or are out of date
   */
  static Instant usableUntil(TlsConfig tls, Vertx vertx) {
    requireFiles(tls);
    try {
      var _ = keys(tls).getKeyManagerFactory(vertx);
      if (tls.caFile().isPresent()) {
        var _ = authorities(tls).getTrustManagerFactory(vertx);
      }
      try (var file = Files.newInputStream(tls.certFile().orElseThrow())) {
        var certificate =
            (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
        certificate.checkValidity();
        return certificate.getNotAfter().toInstant();
      }
    } catch (Exception unusable) {
      throw new ConfigurationException(
          "[ssl] cert_file, key_file or ca_file cannot be used: " + unusable.getMessage());
    }
  }

  private static PemKeyCertOptions keys(TlsConfig tls) {
    return new PemKeyCertOptions()
        .setCertPath(required("cert_file", tls.certFile()))
        .setKeyPath(required("key_file", tls.keyFile()));
  }

  private static PemTrustOptions authorities(TlsConfig tls) {
    return new PemTrustOptions().addCertPath(required("ca_file", tls.caFile()));
  }

  private static String required(String option, Optional<Path> file) {
    return file.filter(Files::isReadable)
        .map(Path::toString)
        .orElseThrow(() ->
            new ConfigurationException(
                "[ssl] "
                    + option
                    + " must name a file that can be read: "
                    + file.map(Path::toString).orElse("it is not set")));
  }
}
