// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.fasterxml.jackson.databind.JsonNode;
import io.qinling.api.identity.Endpoints;
import io.qinling.api.identity.UserToken;
import io.qinling.api.keystone.CloudHttp.Repeat;
import io.qinling.api.keystone.KeystoneApi.Answer;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Asks Keystone, in the name of the service's user or of a caller. Remembers only the service's own
 * token. Nothing is sent before the first question, so Keystone may start later than we do.
 */
public final class KeystoneClient implements Endpoints, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(KeystoneClient.class);

  /** A service token as young as this is not what Keystone refuses. */
  private static final Duration YOUNG = Duration.ofSeconds(10);

  private static final String NO_ANSWER =
      "Keystone does not say who tokens belong to; at status 403 the service's user lacks the role"
          + " service on its project";

  private final KeystoneOptions options;
  private final Clock clock;
  private final CloudHttp http;
  private final KeystoneApi api;
  private final ServiceSessions sessions;

  /**
   * @throws IllegalArgumentException when a certificate or key cannot be used
   */
  public KeystoneClient(KeystoneOptions options, Clock clock) {
    this(options, clock, new CloudHttp(options.transport()));
  }

  KeystoneClient(KeystoneOptions options, Clock clock, CloudHttp http) {
    this.options = options;
    this.clock = clock;
    this.http = http;
    api = new KeystoneApi(options.authUrl(), http);
    sessions = new ServiceSessions(api, options, clock);
  }

  /**
   * Who a token belongs to.
   *
   * @param evenExpired whether it may have expired not long ago
   * @return empty when it is not valid
   * @throws QinlingException UNAVAILABLE when Keystone does not say
   */
  Optional<UserToken> validate(String token, boolean evenExpired) {
    var session = sessions.current();
    var answer = validation(session, token, evenExpired);
    if (answer.status() == 401 && clock.instant().isAfter(session.since().plus(YOUNG))) {
      answer = validation(sessions.renewed(session), token, evenExpired);
    }
    return switch (answer.status()) {
      case 200 -> Optional.of(TokenDocument.read(answer.json()).of(token));
      case 400, 401, 404 -> Optional.empty();
      default -> {
        LOG.errorf(NO_ANSWER + ": status=%d", answer.status());
        throw KeystoneApi.unavailable(new IOException(NO_ANSWER + ": " + answer.status()));
      }
    };
  }

  private Answer validation(ServiceSession session, String token, boolean evenExpired) {
    var path = "/auth/tokens?nocatalog" + (evenExpired ? "&allow_expired=1" : "");
    var request =
        api.request(path).header("X-Auth-Token", session.token()).header("X-Subject-Token", token);
    return api.send(request, Repeat.ALWAYS);
  }

  /** The user to whom trusts are made. */
  String userId() {
    return sessions.current().userId();
  }

  /** Asks in the name of a caller for something to be made. */
  Answer post(UserToken caller, String path, JsonNode body) {
    var request = api.request(path).header("X-Auth-Token", caller.value());
    return api.send(KeystoneApi.post(request, body), Repeat.UNSENT);
  }

  /** Asks in the name of a caller for something to be deleted. */
  Answer delete(UserToken caller, String path) {
    return api.send(
        api.request(path).header("X-Auth-Token", caller.value()).DELETE(), Repeat.ALWAYS);
  }

  /**
   * A token with which the service acts as who made a trust.
   *
   * @return empty when Keystone refuses
   */
  Optional<ServiceSessions.Issued> authenticateForTrust(String trustId) {
    return sessions.authenticate(options.user().forTrust(trustId), "/auth/tokens?nocatalog");
  }

  @Override
  public Optional<String> publicEndpoint(String type) {
    return sessions.current().catalogue().publicEndpoint(type);
  }

  /**
   * The public address of a service as it is for a caller's project.
   *
   * @throws QinlingException UNAVAILABLE when Keystone cannot be reached
   */
  public Optional<String> publicEndpoint(UserToken caller, String type) {
    var request = api.request("/auth/catalog").header("X-Auth-Token", caller.value());
    var answer = api.send(request, Repeat.ALWAYS);
    return Catalogue.read(answer.json().path("catalog"), options.region()).publicEndpoint(type);
  }

  /** Whether Keystone answers; takes as long as one request. For health checks. */
  public boolean reachable() {
    try {
      return api.send(api.request(""), Repeat.UNSENT).status() < 500;
    } catch (QinlingException away) {
      return false;
    }
  }

  /**
   * Does with the service's own token what it does with those of callers.
   *
   * @return the names of the roles that the service has in its project
   * @throws QinlingException UNAVAILABLE when Keystone cannot be reached or refuses the service;
   *     its cause says which
   */
  public List<String> ownRoles() {
    return validate(sessions.current().token(), false).map(UserToken::roles).orElse(List.of());
  }

  /** What to tell clients who did not authenticate. */
  String publicUrl() {
    return options.publicUrl();
  }

  /** What functions are told of the cloud. */
  KeystoneOptions options() {
    return options;
  }

  CloudHttp http() {
    return http;
  }

  @Override
  public void close() {
    http.close();
  }
}
