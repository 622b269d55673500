// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.api.identity.Caller;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestKeystoneAuthenticator {
  private static final String VALIDATION = "GET /v3/auth/tokens";
  private static final Duration KEEP = Duration.ofMinutes(5);

  private final TurnedClock clock = new TurnedClock();
  private FakeKeystone keystone;
  private KeystoneClient client;
  private KeystoneAuthenticator authenticator;

  @BeforeEach
  void start() throws IOException {
    keystone = new FakeKeystone();
    client = keystone.client(clock);
    authenticator = authenticator(KEEP, false);
    keystone.know("alice", "u-alice", "p-1", "member", "reader");
  }

  @AfterEach
  void end() {
    client.close();
    keystone.close();
  }

  private KeystoneAuthenticator authenticator(Duration keep, boolean rolesRequired) {
    var rules = new ServiceTokenRules(Set.of("service"), rolesRequired);
    return new KeystoneAuthenticator(client, rules, keep, clock, clock.ticker());
  }

  private Caller caller(String token) {
    return authenticator.authenticate(Map.of("X-Auth-Token", token)::get);
  }

  private Caller caller(String token, String serviceToken) {
    return authenticator.authenticate(
        Map.of("X-Auth-Token", token, "X-Service-Token", serviceToken)::get);
  }

  private void assertRefused(ErrorCode code, String message, Map<String, String> headers) {
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> authenticator.authenticate(headers::get))
        .withMessage(message)
        .extracting(QinlingException::code)
        .isEqualTo(code);
  }

  private void assertInvalid(String token) {
    assertRefused(
        ErrorCode.UNAUTHENTICATED, "The token is not valid", Map.of("X-Auth-Token", token));
  }

  @Test
  void aValidTokenSaysWhoCalls() {
    // When
    var caller = caller("alice");
    // Then
    assertThat(caller.projectId()).isEqualTo("p-1");
    assertThat(caller.admin()).isFalse();
    assertThat(caller.token())
        .hasValueSatisfying(token -> {
          assertThat(token.value()).isEqualTo("alice");
          assertThat(token.userId()).isEqualTo("u-alice");
          assertThat(token.roles()).containsExactly("member", "reader");
          assertThat(token.roleIds()).containsExactly("id of member", "id of reader");
          assertThat(token.isAdminProject()).isTrue();
          assertThat(token.expiresAt()).isEqualTo(keystone.end);
          assertThat(token.service()).isEmpty();
        });
    assertThat(keystone.requests)
        .containsExactly("POST /v3/auth/tokens", VALIDATION + "?nocatalog");
  }

  @Test
  void onlyTheRoleAdminInLowerCaseMakesAnAdmin() {
    keystone.know("admin", "u-1", "p-1", "member", "admin");
    keystone.know("Admin", "u-2", "p-1", "Admin");
    assertThat(caller("admin").admin()).isTrue();
    assertThat(caller("Admin").admin()).isFalse();
  }

  @Test
  void theOldNameOfTheHeaderCountsWhereTheNewOneIsMissing() {
    assertThat(authenticator.authenticate(Map.of("X-Storage-Token", "alice")::get).projectId())
        .isEqualTo("p-1");
  }

  @Test
  void whatARequestSaysOfIdentityHasNoEffect() {
    // When
    var caller =
        authenticator.authenticate(
            Map.of(
                    "X-Auth-Token", "alice",
                    "X-Roles", "admin",
                    "X-Project-Id", "p-2",
                    "X-Identity-Status", "Confirmed")
                ::get);
    // Then
    assertThat(caller.admin()).isFalse();
    assertThat(caller.projectId()).isEqualTo("p-1");
  }

  @Test
  void withoutATokenNobodyIsAskedAnything() {
    assertRefused(ErrorCode.UNAUTHENTICATED, "Authentication is required", Map.of());
    assertRefused(
        ErrorCode.UNAUTHENTICATED,
        "Authentication is required",
        Map.of("X-Identity-Status", "Confirmed", "X-Auth-Token", " "));
    assertThat(keystone.requests).isEmpty();
    assertThat(authenticator.challenge()).hasValue("Keystone uri=\"http://public:5000\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a\nX-Evil: 1", "\u00e9", "\u20ac"})
  void whatCannotBeATokenIsNotSentOn(String token) {
    assertInvalid(token);
    assertInvalid("x".repeat(8193));
    assertThat(keystone.requests).isEmpty();
  }

  @Test
  void anUnknownTokenIsRefusedFromMemoryForAWhile() {
    // Given
    assertInvalid("bogus");
    // When
    assertInvalid("bogus");
    // Then
    assertThat(keystone.count(VALIDATION)).isEqualTo(1);
    clock.turn(Duration.ofSeconds(11));
    assertInvalid("bogus");
    assertThat(keystone.count(VALIDATION)).isEqualTo(2);
  }

  @Test
  void aTokenWithoutAProjectIsNoUse() {
    keystone.know("unscoped", "u-1", null);
    assertRefused(
        ErrorCode.NOT_ALLOWED,
        "The token is for no project; this service needs one of a project",
        Map.of("X-Auth-Token", "unscoped"));
  }

  @Test
  void aRevokedTokenPassesUntilItsEntryIsOld() {
    // Given
    caller("alice");
    keystone.tokens.remove("alice");
    // When
    clock.turn(KEEP.minusSeconds(1));
    // Then
    assertThat(caller("alice").projectId()).isEqualTo("p-1");
    clock.turn(Duration.ofSeconds(2));
    assertInvalid("alice");
  }

  @Test
  void useDoesNotKeepAnEntryYoung() {
    for (int i = 0; i < 4; i++) {
      caller("alice");
      clock.turn(KEEP.dividedBy(3));
    }
    assertThat(keystone.count(VALIDATION)).isEqualTo(2);
  }

  @Test
  void aTokenThatExpiresIsRefusedThoughItIsInMemory() {
    // Given
    keystone.know("brief", TurnedClock.START.plusSeconds(20), "u-1", "p-1");
    caller("brief");
    // When
    clock.turn(Duration.ofSeconds(20));
    // Then
    assertInvalid("brief");
  }

  @Test
  void nothingIsRememberedWhereTheOperatorWantsThat() {
    authenticator = authenticator(Duration.ofSeconds(-1), false);
    caller("alice");
    caller("alice");
    assertThat(keystone.count(VALIDATION)).isEqualTo(2);
  }

  @Test
  void firstUsesAtTheSameTimeAskOnce() throws Exception {
    // Given
    keystone.gate = new CountDownLatch(1);
    List<Future<Caller>> callers = new ArrayList<>();
    // When
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        callers.add(threads.submit(() -> caller("alice")));
      }
      keystone.gate.countDown();
    }
    // Then
    for (var caller : callers) {
      assertThat(caller.get().projectId()).isEqualTo("p-1");
    }
    assertThat(keystone.requests)
        .containsExactly("POST /v3/auth/tokens", VALIDATION + "?nocatalog");
  }

  @Test
  void aServiceMayActForAUserWhoseTokenExpired() {
    // Given
    keystone.know("nova", "u-nova", "p-service", "service");
    keystone.know("late", TurnedClock.START.minusSeconds(60), "u-late", "p-1", "member");
    assertInvalid("late");
    // When
    var caller = caller("late", "nova");
    // Then
    assertThat(caller.projectId()).isEqualTo("p-1");
    assertThat(caller.token().orElseThrow().service())
        .hasValueSatisfying(service -> {
          assertThat(service.userId()).isEqualTo("u-nova");
          assertThat(service.roles()).containsExactly("service");
        });
    assertThat(keystone.requests).endsWith(VALIDATION + "?nocatalog&allow_expired=1");
    assertInvalid("late");
  }

  @Test
  void whoIsNoServiceCannotUseExpiredTokens() {
    // Given
    keystone.know("mallory", "u-mallory", "p-2", "member");
    assertThat(caller("alice", "mallory").token().orElseThrow().service()).isPresent();
    keystone.know("late", TurnedClock.START.minusSeconds(60), "u-late", "p-1", "member");
    // When, Then
    assertRefused(
        ErrorCode.UNAUTHENTICATED,
        "The token is not valid",
        Map.of("X-Auth-Token", "late", "X-Service-Token", "mallory"));
    assertThat(keystone.requests).noneMatch(request -> request.contains("allow_expired"));
  }

  @Test
  void aServiceTokenMayHaveToHaveARole() {
    authenticator = authenticator(KEEP, true);
    keystone.know("mallory", "u-mallory", "p-2", "member");
    keystone.know("nova", "u-nova", "p-service", "service");
    assertRefused(
        ErrorCode.UNAUTHENTICATED,
        "The service token is not valid",
        Map.of("X-Auth-Token", "alice", "X-Service-Token", "mallory"));
    assertThat(caller("alice", "nova").projectId()).isEqualTo("p-1");
  }

  @Test
  void aServiceTokenThatIsNotValidSpoilsTheRequest() {
    assertRefused(
        ErrorCode.UNAUTHENTICATED,
        "The service token is not valid",
        Map.of("X-Auth-Token", "alice", "X-Service-Token", "bogus"));
  }

  @Test
  void aServiceTokenAloneIsNotEnough() {
    keystone.know("nova", "u-nova", "p-service", "service");
    assertRefused(
        ErrorCode.UNAUTHENTICATED, "Authentication is required", Map.of("X-Service-Token", "nova"));
  }
}
