// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.api.identity.Caller;
import io.qinling.api.identity.TrustSession;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestKeystoneTrusts {
  private static final String AUTHENTICATION = "POST /v3/auth/tokens?nocatalog";
  private static final String TRUST = "trust-9";

  private final TurnedClock clock = new TurnedClock();
  private final Queue<Runnable> background = new ArrayDeque<>();
  private FakeKeystone keystone;
  private KeystoneClient client;
  private KeystoneTrusts trusts;
  private Caller alice;

  @BeforeEach
  void start() throws IOException {
    keystone = new FakeKeystone();
    client = keystone.client(clock);
    trusts = new KeystoneTrusts(client, clock, clock.ticker(), background::add);
    keystone.know("alice", "u-alice", "p-1", "member", "reader");
    alice = new Caller("p-1", false, client.validate("alice", false));
    keystone.bodies.clear();
  }

  @AfterEach
  void end() {
    client.close();
    keystone.close();
  }

  private String token(Optional<TrustSession> session) {
    return session.orElseThrow().token();
  }

  @Test
  void aTrustIsMadeWithTheTokenOfItsTrustor() {
    // When
    var trust = trusts.create(alice);
    // Then
    assertThat(trust).hasValue("trust-1");
    assertThat(keystone.requests.getLast()).isEqualTo("POST /v3/OS-TRUST/trusts");
    assertThat(keystone.tokensOfRequests.getLast()).isEqualTo("alice");
    assertThat(keystone.bodies.getLast().toString())
        .isEqualTo(
            "{\"trust\":{\"trustor_user_id\":\"u-alice\",\"trustee_user_id\":\"u-qinling\","
                + "\"impersonation\":true,\"project_id\":\"p-1\","
                + "\"roles\":[{\"id\":\"id of member\"},{\"id\":\"id of reader\"}]}}");
  }

  @Test
  void aTrustThatKeystoneRefusesIsAnError() {
    keystone.failures.put("POST /v3/OS-TRUST", 403);
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> trusts.create(alice))
        .extracting(QinlingException::code)
        .isEqualTo(ErrorCode.INTERNAL);
    keystone.failures.put("POST /v3/OS-TRUST", 503);
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> trusts.create(alice))
        .extracting(QinlingException::code)
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(keystone.count("POST /v3/OS-TRUST")).isEqualTo(2);
  }

  @Test
  void aTrustIsDeletedWithTheTokenOfItsTrustor() {
    trusts.delete(alice, "trust/9");
    assertThat(keystone.requests.getLast()).isEqualTo("DELETE /v3/OS-TRUST/trusts/trust%2F9");
    assertThat(keystone.tokensOfRequests.getLast()).isEqualTo("alice");
  }

  @Test
  void aTrustThatCannotBeDeletedStopsNobody() {
    keystone.failures.put("DELETE", 503);
    trusts.delete(alice, TRUST);
    keystone.failures.put("DELETE", 403);
    trusts.delete(alice, TRUST);
    trusts.delete(Caller.inProject("p-1"), TRUST);
    assertThat(keystone.count("DELETE")).isEqualTo(3 + 1);
  }

  @Test
  void aSessionIsMadeWithThePasswordOfTheServiceAndRemembered() {
    // When
    var session = trusts.session(TRUST);
    // Then
    assertThat(session)
        .hasValue(
            new TrustSession(
                "http://public:5000/v3", "trust-9-2", "u-owner", "p-of-token", Optional.empty()));
    assertThat(keystone.bodies.getLast().at("/auth/scope").toString())
        .isEqualTo("{\"OS-TRUST:trust\":{\"id\":\"trust-9\"}}");
    assertThat(trusts.session(TRUST)).isEqualTo(session);
    assertThat(keystone.count(AUTHENTICATION)).isEqualTo(1);
  }

  @Test
  void aTokenIsRenewedBehindTheBackOfItsUsers() {
    // Given
    trusts.session(TRUST);
    clock.turn(Duration.ofMinutes(5));
    // When
    assertThat(token(trusts.session(TRUST))).isEqualTo("trust-9-2");
    assertThat(token(trusts.session(TRUST))).isEqualTo("trust-9-2");
    assertThat(background).hasSize(1);
    background.remove().run();
    // Then
    assertThat(token(trusts.session(TRUST))).isEqualTo("trust-9-3");
    assertThat(background).isEmpty();
  }

  @Test
  void aTokenIsNotHandedOutThatMayEndBeforeItsFunction() {
    trusts.session(TRUST);
    clock.turn(Duration.ofMinutes(50));
    assertThat(token(trusts.session(TRUST))).isEqualTo("trust-9-3");
  }

  @Test
  void aTokenIsUsedOnWhileKeystoneIsAway() {
    // Given
    trusts.session(TRUST);
    clock.turn(Duration.ofMinutes(5));
    keystone.failures.put(AUTHENTICATION, 503);
    // When
    trusts.session(TRUST);
    background.remove().run();
    // Then
    assertThat(token(trusts.session(TRUST))).isEqualTo("trust-9-2");
    assertThat(background).isEmpty();
    clock.turn(Duration.ofSeconds(10));
    trusts.session(TRUST);
    assertThat(background).hasSize(1);
  }

  @Test
  void aTrustThatIsGoneGivesNoSessionAndIsNotAskedForAtEveryCall() {
    keystone.failures.put(AUTHENTICATION, 404);
    assertThat(trusts.session(TRUST)).isEmpty();
    assertThat(trusts.session(TRUST)).isEmpty();
    assertThat(keystone.count(AUTHENTICATION)).isEqualTo(1);
    keystone.failures.clear();
    clock.turn(Duration.ofSeconds(11));
    assertThat(trusts.session(TRUST)).isPresent();
  }

  @Test
  void aDeletedTrustForgetsItsTokenAlsoWhenItIsBeingRenewed() {
    // Given
    trusts.session(TRUST);
    clock.turn(Duration.ofMinutes(5));
    trusts.session(TRUST);
    // When
    trusts.delete(alice, TRUST);
    background.remove().run();
    // Then
    keystone.failures.put(AUTHENTICATION, 404);
    assertThat(trusts.session(TRUST)).isEmpty();
  }
}
