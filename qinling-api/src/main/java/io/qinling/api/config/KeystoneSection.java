// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.keystone.KeystoneOptions;
import io.qinling.api.keystone.KeystoneOptions.Transport;
import io.qinling.api.keystone.ServiceUser;
import io.qinling.api.keystone.ServiceUser.Named;
import io.qinling.api.keystone.Tls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Understands the section {@code [keystone_authtoken]}. What is wrong in it is an
 * IllegalArgumentException.
 */
final class KeystoneSection {
  private static final Set<String> AUTH_TYPES = Set.of("password", "v3password");

  private final KeystoneConfig config;

  /** What must be set and is not. */
  private final List<String> missing = new ArrayList<>();

  private KeystoneSection(KeystoneConfig config) {
    this.config = config;
  }

  static KeystoneOptions options(KeystoneConfig config) {
    return new KeystoneSection(config).options();
  }

  private KeystoneOptions options() {
    if (!AUTH_TYPES.contains(config.authType())) {
      throw new IllegalArgumentException("auth_type must be password, not " + config.authType());
    }
    var publicUrl = config.wwwAuthenticateUri().or(config::authUri);
    var authUrl = needed("auth_url", config.authUrl().or(() -> publicUrl));
    var password = needed("password", config.password());
    var user =
        named(
            "user",
            config.userId(),
            needed("username", config.username().or(config::userId)),
            config.userDomainId(),
            config.userDomainName());
    var project =
        named(
            "project",
            config.projectId(),
            needed("project_name", config.projectName().or(config::projectId)),
            config.projectDomainId(),
            config.projectDomainName());
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          String.join(", ", missing)
              + " must be set, unless callers shall not authenticate ([pecan] auth_enable = false)");
    }
    return new KeystoneOptions(
        authUrl,
        publicUrl.orElse(authUrl),
        new ServiceUser(user, password, project),
        config.regionName(),
        Optional.empty(),
        new Transport(
            new Tls(config.cafile(), config.certfile(), config.keyfile(), config.insecure()),
            Duration.ofSeconds(config.httpConnectTimeout()),
            config.httpRequestMaxRetries()));
  }

  private String needed(String option, Optional<String> value) {
    if (value.isEmpty()) {
      missing.add(option);
    }
    return value.orElse("");
  }

  private Named named(
      String kind,
      Optional<String> id,
      String name,
      Optional<String> domainId,
      Optional<String> domainName) {
    if (id.isPresent()) {
      return new Named(id.get(), null, null, null);
    }
    var noDomain = domainId.isEmpty() && domainName.isEmpty();
    var foundId = noDomain ? config.defaultDomainId() : domainId;
    var foundName = noDomain ? config.defaultDomainName() : domainName;
    if (foundId.isEmpty()) {
      needed(kind + "_domain_name", foundName);
    }
    return new Named(null, name, foundId.orElse(null), foundName.orElse(""));
  }
}
