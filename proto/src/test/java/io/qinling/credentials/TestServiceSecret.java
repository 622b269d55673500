// SPDX-License-Identifier: Apache-2.0
package io.qinling.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestServiceSecret {
  private static final String PASSWORD = "a password of the services";

  private record Known(Optional<String> password, Optional<String> memcacheSecretKey)
      implements ServiceSecret {
    Known(String password, String key) {
      this(Optional.ofNullable(password), Optional.ofNullable(key));
    }
  }

  @Test
  void theSecretThatIsNamedCounts() {
    assertThat(new Known(PASSWORD, null).or(Optional.of("named"))).contains("named");
  }

  @Test
  void whoKnowsTheSameDerivesTheSameWhichDoesNotTellIt() {
    // When
    var derived = new Known(PASSWORD, "key").or(Optional.empty()).orElseThrow();
    // Then
    assertThat(derived)
        .matches("[0-9a-f]{64}")
        .isEqualTo(new Known(PASSWORD, "key").or(Optional.empty()).orElseThrow());
  }

  @Test
  void everyPartOfWhatIsKnownMatters() {
    assertThat(new Known(PASSWORD, "key").or(Optional.empty()))
        .isNotEqualTo(new Known(PASSWORD, "other").or(Optional.empty()))
        .isNotEqualTo(new Known(PASSWORD + "key", null).or(Optional.empty()))
        .isNotEqualTo(new Known("another password", "key").or(Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({",", "fifteen letters,", ",fifteen"})
  void whatIsEasilyGuessedIsNoSecret(String password, String key) {
    assertThat(new Known(password, key).or(Optional.empty())).isEmpty();
  }
}
