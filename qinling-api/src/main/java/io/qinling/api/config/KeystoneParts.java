// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.qinling.api.identity.Authenticator;
import io.qinling.api.identity.Endpoints;
import io.qinling.api.identity.NoAuthentication;
import io.qinling.api.identity.NoTrusts;
import io.qinling.api.identity.Trusts;
import io.qinling.api.keystone.KeystoneAuthenticator;
import io.qinling.api.keystone.KeystoneClient;
import io.qinling.api.keystone.KeystoneOptions;
import io.qinling.api.keystone.KeystoneTrusts;
import io.qinling.api.keystone.ServiceTokenRules;
import io.qinling.api.keystone.SwiftObjects;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Puts together what knows callers and acts for them. */
@ApplicationScoped
public class KeystoneParts {
  /** Made when first asked for, and so never without authentication. */
  @Produces
  @Singleton
  @Typed(KeystoneClient.class)
  KeystoneClient keystone(KeystoneConfig config, Clock clock) {
    try {
      return new KeystoneClient(options(config), clock);
    } catch (IllegalArgumentException wrong) {
      // Without its cause, with which Quarkus would print pages instead of the message.
      throw new ConfigurationException("[keystone_authtoken] " + wrong.getMessage());
    }
  }

  /** What the section says; refused with the section's name. */
  static KeystoneOptions options(KeystoneConfig config) {
    try {
      return KeystoneSection.options(config);
    } catch (IllegalArgumentException wrong) {
      throw new ConfigurationException("[keystone_authtoken] " + wrong.getMessage());
    }
  }

  void stop(@Disposes KeystoneClient keystone) {
    keystone.close();
  }

  @Produces
  @Singleton
  Authenticator authenticator(
      AuthenticationConfig authentication,
      KeystoneConfig config,
      Instance<KeystoneClient> keystone,
      Clock clock,
      MeterRegistry meters) {
    if (!authentication.authEnable()) {
      return new NoAuthentication();
    }
    var authenticator =
        new KeystoneAuthenticator(
            keystone.get(),
            new ServiceTokenRules(config.serviceTokenRoles(), config.serviceTokenRolesRequired()),
            Duration.ofSeconds(config.tokenCacheTime()),
            clock,
            Ticker.systemTicker());
    Meters.bind(meters, authenticator);
    return authenticator;
  }

  @Produces
  @Singleton
  Trusts trusts(
      AuthenticationConfig authentication,
      Instance<KeystoneClient> keystone,
      Clock clock,
      Background background) {
    if (!authentication.authEnable()) {
      return new NoTrusts();
    }
    return new KeystoneTrusts(keystone.get(), clock, Ticker.systemTicker(), background.executor());
  }

  @Produces
  @Singleton
  Endpoints endpoints(AuthenticationConfig authentication, Instance<KeystoneClient> keystone) {
    return authentication.authEnable() ? keystone.get() : type -> Optional.empty();
  }

  @Produces
  @Singleton
  SwiftObjects swift(Instance<KeystoneClient> keystone) {
    return new SwiftObjects(keystone::get);
  }
}
