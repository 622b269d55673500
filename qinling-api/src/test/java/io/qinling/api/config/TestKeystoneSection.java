// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.qinling.api.keystone.KeystoneOptions;
import io.qinling.api.keystone.ServiceUser.Named;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestKeystoneSection {
  private static final Map<String, String> KOLLA =
      Map.of(
          "www_authenticate_uri", "http://10.0.0.254:5000/v3",
          "auth_url", "http://10.0.0.254:35357",
          "auth_type", "password",
          "project_domain_name", "Default",
          "user_domain_name", "Default",
          "project_name", "service",
          "username", "qinling",
          "password", "PW",
          "region_name", "RegionOne");

  private static KeystoneConfig config(Map<String, String> section) {
    var properties = new HashMap<String, String>();
    section.forEach((key, value) -> properties.put("qinling.keystone_authtoken." + key, value));
    return new SmallRyeConfigBuilder()
        .withMapping(KeystoneConfig.class)
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .build()
        .getConfigMapping(KeystoneConfig.class);
  }

  private static KeystoneOptions options(Map<String, String> section) {
    return KeystoneSection.options(config(section));
  }

  private static Map<String, String> kollaWith(String key, String value) {
    var section = new HashMap<>(KOLLA);
    section.put(key, value);
    return section;
  }

  private static Map<String, String> kollaWithout(String... keys) {
    var section = new HashMap<>(KOLLA);
    for (var key : keys) {
      section.remove(key);
    }
    return section;
  }

  @Test
  void whatKollaWritesIsUnderstood() {
    // When
    var options = options(KOLLA);
    // Then
    assertThat(options.authUrl()).isEqualTo("http://10.0.0.254:35357/v3");
    assertThat(options.publicUrl()).isEqualTo("http://10.0.0.254:5000/v3");
    assertThat(options.user().user()).isEqualTo(new Named(null, "qinling", null, "Default"));
    assertThat(options.user().project()).isEqualTo(new Named(null, "service", null, "Default"));
    assertThat(options.region()).hasValue("RegionOne");
    assertThat(options.transport().timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.transport().retries()).isEqualTo(3);
    assertThat(config(KOLLA).serviceTokenRoles()).containsExactly("service");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://h:5000", "http://h:5000/", "http://h:5000/v3", "http://h:5000/v3/"})
  void theVersionMayBePartOfTheAddress(String url) {
    assertThat(options(kollaWith("auth_url", url)).authUrl()).isEqualTo("http://h:5000/v3");
  }

  @Test
  void idsTakeThePlaceOfNames() {
    // Given
    var section =
        new HashMap<>(
            kollaWithout("username", "project_name", "project_domain_name", "user_domain_name"));
    section.putAll(Map.of("user_id", "u-1", "project_id", "p-1"));
    // When
    var user = options(section).user();
    // Then
    assertThat(user.user()).isEqualTo(new Named("u-1", null, null, null));
    assertThat(user.project()).isEqualTo(new Named("p-1", null, null, null));
  }

  @Test
  void aDefaultDomainCountsWhereNoOtherIsNamed() {
    var section = new HashMap<>(kollaWithout("project_domain_name"));
    section.put("default_domain_id", "default");
    assertThat(options(section).user().project())
        .isEqualTo(new Named(null, "service", "default", ""));
    assertThat(options(section).user().user())
        .isEqualTo(new Named(null, "qinling", null, "Default"));
  }

  @Test
  void oneAddressIsEnoughAlsoUnderItsOldName() {
    var section = new HashMap<>(kollaWithout("auth_url", "www_authenticate_uri"));
    section.put("auth_uri", "http://old:5000");
    assertThat(options(section).authUrl()).isEqualTo("http://old:5000/v3");
    assertThat(options(section).publicUrl()).isEqualTo("http://old:5000");
  }

  @Test
  void everythingThatIsMissingIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Map.of()))
        .withMessageStartingWith(
            "auth_url, password, username, user_domain_name, project_name, project_domain_name"
                + " must be set");
  }

  @Test
  void whatIsNotUnderstoodIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(kollaWith("auth_type", "v3oidcpassword")))
        .withMessage("auth_type must be password, not v3oidcpassword");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(kollaWith("auth_url", "keystone:5000")))
        .withMessageContaining("keystone:5000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(kollaWith("http_connect_timeout", "0")))
        .withMessageContaining("timeout");
  }
}
