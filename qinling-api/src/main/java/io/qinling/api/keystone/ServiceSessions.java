// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.keystone.CloudHttp.Repeat;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Keeps the service's own token and renews it: before it expires, and when Keystone does not know
 * it any more. Of several threads that want that, one does it.
 */
final class ServiceSessions {
  private static final Logger LOG = Logger.getLogger(ServiceSessions.class);
  private static final Duration AHEAD = Duration.ofSeconds(60);

  /** Keeps a Keystone that is away from being asked by every thread that waited for another. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Keeps a wrong password from locking the user out. */
  private static final Duration PAUSE_WHEN_REFUSED = Duration.ofSeconds(5);

  private static final String REFUSED =
      "Keystone refuses the service itself, nobody can be served: check auth_url, username,"
          + " password, project and domains in [keystone_authtoken]";

  /** What Keystone gave for the credentials of the service. */
  record Issued(String token, TokenDocument document) {}

  private final KeystoneApi api;
  private final ServiceUser user;
  private final Optional<String> region;
  private final Clock clock;
  private final ReentrantLock renewal = new ReentrantLock();
  private volatile ServiceSession session;
  private volatile Instant notBefore = Instant.MIN;

  ServiceSessions(KeystoneApi api, KeystoneOptions options, Clock clock) {
    this.api = api;
    this.user = options.user();
    this.region = options.region();
    this.clock = clock;
  }

  /**
   * A session that is valid as far as we know.
   *
   * @throws QinlingException UNAVAILABLE
   */
  ServiceSession current() {
    var known = session;
    var now = clock.instant();
    if (known != null && now.isBefore(known.renewAt())) {
      return known;
    }
    try {
      return renewed(known);
    } catch (QinlingException away) {
      if (known != null && now.isBefore(known.expiresAt())) {
        return known;
      }
      throw away;
    }
  }

  /**
   * Another session than one that is not accepted.
   *
   * @param refused null for none
   */
  ServiceSession renewed(ServiceSession refused) {
    renewal.lock();
    try {
      if (!Objects.equals(session, refused)) {
        return session;
      }
      if (clock.instant().isBefore(notBefore)) {
        throw KeystoneApi.unavailable();
      }
      notBefore = clock.instant().plus(PAUSE);
      session = session(authenticate(user.forProject(), "/auth/tokens").orElseThrow(this::refused));
      return session;
    } finally {
      renewal.unlock();
    }
  }

  /**
   * Authenticates with a request of the service's user.
   *
   * @return empty when Keystone refuses
   */
  Optional<Issued> authenticate(ObjectNode request, String path) {
    var answer = api.send(KeystoneApi.post(api.request(path), request), Repeat.ALWAYS);
    return answer
        .headers()
        .firstValue("X-Subject-Token")
        .filter(given -> answer.isSuccess())
        .map(given -> new Issued(given, TokenDocument.read(answer.json())));
  }

  private QinlingException refused() {
    notBefore = clock.instant().plus(PAUSE_WHEN_REFUSED);
    LOG.errorf(REFUSED + ": user=%s", user);
    return KeystoneApi.unavailable(new IOException(REFUSED));
  }

  private ServiceSession session(Issued issued) {
    var document = issued.document();
    var now = clock.instant();
    var ahead = Duration.between(now, document.expiresAt()).dividedBy(4);
    return new ServiceSession(
        issued.token(),
        document.userId(),
        Catalogue.read(document.json().path("catalog"), region),
        now,
        document.expiresAt().minus(ahead.compareTo(AHEAD) < 0 ? ahead : AHEAD),
        document.expiresAt());
  }
}
