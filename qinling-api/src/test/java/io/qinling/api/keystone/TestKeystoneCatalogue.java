// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qinling.api.http.Json;
import io.qinling.api.identity.Caller;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestKeystoneCatalogue {
  private final TurnedClock clock = new TurnedClock();
  private FakeKeystone keystone;
  private KeystoneClient client;
  private SwiftObjects swift;
  private Caller alice;

  @BeforeEach
  void start() throws IOException {
    keystone = new FakeKeystone();
    client = keystone.client(clock);
    keystone.know("alice", "u-alice", "p-1", "member");
    alice = new Caller("p-1", false, client.validate("alice", false));
    swift = new SwiftObjects(() -> client);
  }

  @AfterEach
  void end() {
    client.close();
    keystone.close();
  }

  private void assertRefused(ErrorCode code, String container, String object) {
    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> swift.open(alice, container, object))
        .extracting(QinlingException::code)
        .isEqualTo(code);
  }

  @Test
  void thePublicEndpointOfTheRegionIsFoundInTheServicesOwnCatalogue() {
    assertThat(client.publicEndpoint("function-engine")).hasValue("http://public:7070");
    assertThat(client.publicEndpoint("compute")).isEmpty();
    assertThat(keystone.requests).doesNotContain("GET /v3/auth/catalog");
  }

  @Test
  void anyRegionWillDoWhereNoneIsConfigured() throws IOException {
    var catalogue =
        Json.MAPPER.readTree(
            "[{\"type\":\"x\",\"endpoints\":[{\"interface\":\"public\",\"region\":\"R\",\"url\":\"u\"}]}]");
    assertThat(Catalogue.read(catalogue, Optional.empty()).publicEndpoint("x")).hasValue("u");
    assertThat(Catalogue.read(catalogue, Optional.of("Q")).publicEndpoint("x")).isEmpty();
  }

  @Test
  void theEndpointOfACallerIsThatOfItsProject() {
    assertThat(client.publicEndpoint(alice.token().orElseThrow(), "object-store"))
        .hasValue(keystone.url() + "/swift/p-alice");
  }

  @Test
  void anObjectIsReadWithTheCallersToken() throws IOException {
    // Given
    var path = "/swift/p-alice/my%20box/a/b%20c%3F%C3%A4%2B%25.zip";
    keystone.objects.put(path, "hello");
    // When
    try (var content = swift.open(alice, "my box", "a/b c?\u00e4+%.zip")) {
      // Then
      assertThat(content).hasContent("hello");
    }
    assertThat(keystone.requests).endsWith("GET " + path);
    assertThat(keystone.tokensOfRequests.getLast()).isEqualTo("alice");
  }

  @ParameterizedTest
  @CsvSource({"404, INVALID_INPUT", "403, INVALID_INPUT", "401, INVALID_INPUT", "500, UNAVAILABLE"})
  void whatSwiftRefusesIsTheCallersMistakeUnlessSwiftFails(int status, ErrorCode code) {
    keystone.failures.put("GET /swift/p-alice/", status);
    assertRefused(code, "box", "object");
  }

  @ParameterizedTest
  @CsvSource({"a/b, c", "'', c", "box, ''", "box, ../x", "box, a/./b", ".., x"})
  void namesThatCouldLeadElsewhereAreRefused(String container, String object) {
    assertRefused(ErrorCode.INVALID_INPUT, container, object);
    assertThat(keystone.count("GET /swift/")).isZero();
  }

  @Test
  void withoutAuthenticationThereIsNoSwift() {
    alice = Caller.inProject("p-1");
    assertRefused(ErrorCode.INVALID_INPUT, "box", "object");
  }
}
