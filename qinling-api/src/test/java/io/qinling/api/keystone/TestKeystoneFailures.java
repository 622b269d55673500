// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestKeystoneFailures {
  private static final String VALIDATION = "GET /v3/auth/tokens";
  private static final String AUTHENTICATION = "POST /v3/auth/tokens";

  private final TurnedClock clock = new TurnedClock();
  private FakeKeystone keystone;
  private KeystoneClient client;

  @BeforeEach
  void start() throws IOException {
    keystone = new FakeKeystone();
    client = keystone.client(clock);
    keystone.know("alice", "u-alice", "p-1", "member");
  }

  @AfterEach
  void end() {
    client.close();
    keystone.close();
  }

  private void assertUnavailable() {
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> client.validate("alice", false))
        .extracting(QinlingException::code)
        .isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504})
  void aKeystoneThatFailsIsAskedAgainAndThenUnavailable(int status) {
    client.validate("alice", false);
    keystone.failures.put(VALIDATION, status);
    assertUnavailable();
    assertThat(keystone.count(VALIDATION)).isEqualTo(1 + 3);
    keystone.failures.clear();
    assertThat(client.validate("alice", false)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 403, 429})
  void aKeystoneThatDoesNotSayMakesNobodyValidOrInvalid(int status) {
    keystone.failures.put(VALIDATION, status);
    assertUnavailable();
  }

  @Test
  void aKeystoneThatHangsIsUnavailable() {
    client.close();
    client = keystone.client(clock, Duration.ofSeconds(3));
    client.userId();
    keystone.gate = new CountDownLatch(1);
    assertUnavailable();
    keystone.gate.countDown();
    assertThat(keystone.count(VALIDATION)).isEqualTo(1);
  }

  @Test
  void aKeystoneThatIsNotThereIsUnavailableUntilItIs() throws IOException {
    // Given
    var port = keystone.port();
    keystone.close();
    assertUnavailable();
    assertThat(client.reachable()).isFalse();
    // When
    keystone = new FakeKeystone(port);
    keystone.know("alice", "u-alice", "p-1", "member");
    clock.turn(Duration.ofSeconds(1));
    // Then
    assertThat(client.validate("alice", false)).isPresent();
    assertThat(client.reachable()).isTrue();
  }

  @Test
  void somethingElseThatAnswersIsNotBelieved() {
    client.userId();
    keystone.tokens.get("alice").remove("user");
    assertUnavailable();
  }

  @Test
  void aFailureIsNotRemembered() {
    var authenticator =
        new KeystoneAuthenticator(
            client,
            new ServiceTokenRules(Set.of(), false),
            Duration.ofMinutes(5),
            clock,
            clock.ticker());
    keystone.failures.put(VALIDATION, 503);
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> authenticator.authenticate(Map.of("X-Auth-Token", "alice")::get));
    keystone.failures.clear();
    assertThat(authenticator.authenticate(Map.of("X-Auth-Token", "alice")::get).projectId())
        .isEqualTo("p-1");
  }

  @Test
  void aWrongPasswordIsNotTriedAgainAtOnce() {
    keystone.failures.put(AUTHENTICATION, 401);
    assertUnavailable();
    assertUnavailable();
    assertThat(keystone.count(AUTHENTICATION)).isEqualTo(1);
    keystone.failures.clear();
    clock.turn(Duration.ofSeconds(5));
    assertThat(client.validate("alice", false)).isPresent();
  }

  @Test
  void theServiceTokenIsRenewedBeforeItExpires() {
    // Given
    client.validate("alice", false);
    // When
    clock.turn(Duration.ofMinutes(59).plusSeconds(1));
    client.validate("alice", false);
    // Then
    assertThat(keystone.tokensOfRequests).containsExactly("", "service-1", "", "service-2");
  }

  @Test
  void whileItCannotBeRenewedTheServiceTokenIsUsedToItsEnd() {
    client.validate("alice", false);
    keystone.failures.put(AUTHENTICATION, 503);
    clock.turn(Duration.ofMinutes(59).plusSeconds(30));
    assertThat(client.validate("alice", false)).isPresent();
    clock.turn(Duration.ofSeconds(31));
    assertUnavailable();
  }

  @Test
  void aServiceTokenThatWasRevokedIsReplacedOnce() throws Exception {
    // Given
    client.validate("alice", false);
    keystone.tokens.remove("service-1");
    clock.turn(Duration.ofSeconds(11));
    List<Future<Optional<?>>> found = new ArrayList<>();
    // When
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        found.add(threads.submit(() -> client.validate("alice", false)));
      }
    }
    // Then
    for (var answer : found) {
      assertThat(answer.get()).isPresent();
    }
    assertThat(keystone.count(AUTHENTICATION)).isEqualTo(2);
  }

  @Test
  void aSubjectThatIsRefusedDoesNotCostTheServiceItsToken() {
    client.userId();
    keystone.failures.put(VALIDATION, 401);
    assertThat(client.validate("alice", false)).isEmpty();
    assertThat(keystone.count(AUTHENTICATION)).isEqualTo(1);
  }

  @Test
  void theServiceAuthenticatesAsConfigured() {
    client.userId();
    assertThat(keystone.bodies.getFirst().toString())
        .isEqualTo(
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
                + "{\"name\":\"qinling\",\"domain\":{\"name\":\"Default\"},\"password\":\"secret\"}}},"
                + "\"scope\":{\"project\":{\"name\":\"service\",\"domain\":{\"id\":\"default\"}}}}}");
    assertThat(keystone.options(Tls.SYSTEM, FakeKeystone.TIMEOUT).toString())
        .doesNotContain("secret");
  }
}
