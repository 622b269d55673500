// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import io.qinling.api.policy.FilePolicy;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyException;
import io.qinling.api.policy.PolicySettings;
import io.qinling.conf.ConfArguments;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Executors;

/** Puts the policy together, which asks nothing as long as callers need not authenticate. */
@ApplicationScoped
public class PolicyParts {
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  @Produces
  @Singleton
  Policy policy(AuthenticationConfig authentication, PolicyConfig config) {
    return authentication.authEnable() ? read(config) : Policy.ALLOW_ALL;
  }

  private static Policy read(PolicyConfig config) {
    var timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("policy-files").factory());
    try {
      var policy = new FilePolicy(settings(config), timer);
      policy.watch(BETWEEN_LOOKS);
      return policy;
    } catch (PolicyException broken) {
      timer.shutdownNow();
      throw new ConfigurationException("The policy cannot be loaded: " + broken.getMessage());
    }
  }

  static PolicySettings settings(PolicyConfig config) {
    return new PolicySettings(
        config.policyFile(),
        config.policyDirs(),
        config.policyDefaultRule(),
        PolicySettings.searchedFor(ConfArguments.publishedFiles()));
  }

  void stop(@Disposes Policy policy) {
    if (policy instanceof FilePolicy files) {
      files.close();
    }
  }

  /** Asks for the policy, so that a broken one fails the start and not the first request. */
  void start(@Observes StartupEvent event, Policy policy) {}
}
