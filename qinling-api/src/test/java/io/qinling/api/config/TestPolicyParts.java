// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.api.policy.FilePolicy;
import io.qinling.api.policy.Policy;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestPolicyParts {
  private final PolicyParts parts = new PolicyParts();

  @Test
  void withoutAuthenticationEverythingIsAllowed() {
    assertThat(parts.policy(() -> false, naming("/no/such/policy.yaml")))
        .isSameAs(Policy.ALLOW_ALL);
  }

  @Test
  void withAuthenticationTheFilesDecide() {
    var policy = parts.policy(() -> true, naming("/dev/null"));

    assertThat(policy).isInstanceOf(FilePolicy.class);
    parts.stop(policy);
  }

  @Test
  void aFileThatIsMissingFailsTheStart() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> parts.policy(() -> true, naming("/no/such/policy.yaml")))
        .withMessageStartingWith(
            "The policy cannot be loaded: [oslo_policy] policy_file = /no/such/policy.yaml: no such file");
  }

  private static PolicyConfig naming(String file) {
    return new PolicyConfig() {
      @Override
      public Optional<String> policyFile() {
        return Optional.of(file);
      }

      @Override
      public Optional<List<String>> policyDirs() {
        return Optional.empty();
      }

      @Override
      public String policyDefaultRule() {
        return "default";
      }
    };
  }
}
