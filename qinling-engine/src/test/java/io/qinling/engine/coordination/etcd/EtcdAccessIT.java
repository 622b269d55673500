// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.qinling.etcd.Keys;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How etcd lets the services in: by certificates, by user and password. */
class EtcdAccessIT {
  private final String key = Keys.CLAIMS + UUID.randomUUID();

  private static URI tls() {
    return URI.create(TestEtcd.variable("QINLING_TEST_ETCD_TLS"));
  }

  private static Path pki(String name) {
    return Path.of(TestEtcd.variable("QINLING_TEST_ETCD_PKI")).resolve(name);
  }

  private void assertServes(EtcdConfig config) {
    try (var etcd = new Etcd(EtcdAddresses.of(config).orElseThrow())) {
      var _ = etcd.call(client -> client.getKVClient().put(Keys.bytes(key), Keys.bytes("value")));
      var found = etcd.call(client -> client.getKVClient().get(Keys.bytes(key)));
      assertThat(found.getKvs())
          .singleElement()
          .satisfies(entry -> assertThat(Keys.text(entry.getValue())).isEqualTo("value"));
    }
  }

  private void assertRefused(EtcdConfig config) {
    try (var etcd = new Etcd(EtcdAddresses.of(config).orElseThrow())) {
      assertThatThrownBy(() -> etcd.call(client -> client.getKVClient().get(Keys.bytes(key))))
          .isInstanceOfSatisfying(
              QinlingException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
  }

  @Test
  void aClientCertificateLetsIn() {
    assertServes(
        TestEtcd.withCertificates(tls(), pki("ca.crt"), pki("client.crt"), pki("client.key")));
  }

  @Test
  void withoutACertificateNobodyIsLetIn() {
    assertRefused(
        TestEtcd.withCertificates(tls(), pki("ca.crt"), pki("none.crt"), pki("none.key")));
  }

  @Test
  void aCertificateOfAnotherAuthorityDoesNotLetIn() {
    assertRefused(
        TestEtcd.withCertificates(
            tls(), pki("ca.crt"), pki("other-client.crt"), pki("other-client.key")));
  }

  @Test
  void anEtcdOfAnotherAuthorityIsNotTrusted() {
    assertRefused(
        TestEtcd.withCertificates(
            tls(), pki("other-ca.crt"), pki("client.crt"), pki("client.key")));
  }

  @Test
  void aCertificateWithoutItsKeyIsNamed() {
    var config =
        TestEtcd.withCertificates(tls(), pki("ca.crt"), pki("client.crt"), pki("none.key"));

    assertThatThrownBy(() -> EtcdAddresses.of(config))
        .hasMessageContaining("[etcd] cert_file and cert_key");
  }

  @Test
  void aUserIsLetInByPasswordBelowOurPrefix() {
    var uri = URI.create(TestEtcd.variable("QINLING_TEST_ETCD_AUTH"));
    var named = uri.getRawUserInfo().split(":", 2);

    assertServes(
        TestEtcd.withPassword(uri, named[0], URLDecoder.decode(named[1], StandardCharsets.UTF_8)));
    assertRefused(TestEtcd.withPassword(uri, named[0], "wrong"));
    assertRefused(TestEtcd.plain(uri));
  }
}
