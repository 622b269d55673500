// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
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
    listener
        .setSsl(true)
        .setUseAlpn(true)
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertPath(required("cert_file", tls.certFile()))
                .setKeyPath(required("key_file", tls.keyFile())));
    if (tls.caFile().isPresent()) {
      listener
          .setClientAuth(ClientAuth.REQUIRED)
          .setTrustOptions(new PemTrustOptions().addCertPath(required("ca_file", tls.caFile())));
    }
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
