// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Ticker;
import io.qinling.api.http.Json;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.TrustSession;
import io.qinling.api.identity.Trusts;
import io.qinling.api.identity.UserToken;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;

/** Trusts in Keystone, and in memory a token for each that was used lately. */
public final class KeystoneTrusts implements Trusts {
  private static final Logger LOG = Logger.getLogger(KeystoneTrusts.class);
  private static final String PATH = "/OS-TRUST/trusts";
  private static final int MOST = 10_000;

  private final KeystoneClient keystone;
  private final Clock clock;
  private final Executor background;
  private final Lookups<TrustToken> tokens;
  private final Set<String> beingRenewed = ConcurrentHashMap.newKeySet();

  /**
   * @param ticker measures how long tokens are kept
   * @param background gets tokens before they are missed
   */
  public KeystoneTrusts(KeystoneClient keystone, Clock clock, Ticker ticker, Executor background) {
    this.keystone = keystone;
    this.clock = clock;
    this.background = background;
    tokens = new Lookups<>(MOST, ticker, token -> Duration.between(clock.instant(), token.until()));
  }

  @Override
  public Optional<String> create(Caller caller) {
    if (caller.token().isEmpty()) {
      return Optional.empty();
    }
    var trustor = caller.token().get();
    var answer = keystone.post(trustor, PATH, trust(trustor, caller.projectId()));
    if (!answer.isSuccess()) {
      LOG.errorf(
          "Keystone makes no trust: user=%s project=%s status=%d reason=%s",
          trustor.userId(),
          caller.projectId(),
          answer.status(),
          answer.json().at("/error/message").asText());
      throw new QinlingException(
          ErrorCode.INTERNAL, "The identity service does not let you make a trust to this service");
    }
    return Optional.of(answer.json().at("/trust/id").asText());
  }

  private ObjectNode trust(UserToken trustor, String projectId) {
    var body = Json.MAPPER.createObjectNode();
    var trust =
        body.putObject("trust")
            .put("trustor_user_id", trustor.userId())
            .put("trustee_user_id", keystone.userId())
            .put("impersonation", true)
            .put("project_id", projectId);
    var roles = trust.putArray("roles");
    trustor.roleIds().forEach(id -> roles.addObject().put("id", id));
    return body;
  }

  @Override
  public void delete(Caller caller, String trustId) {
    tokens.forget(trustId);
    caller
        .token()
        .ifPresentOrElse(
            trustor -> delete(trustor, trustId),
            () -> LOG.warnf("A trust stays, since nobody asks who made it: trust=%s", trustId));
  }

  private void delete(UserToken trustor, String trustId) {
    try {
      var answer = keystone.delete(trustor, PATH + "/" + KeystoneApi.segment(trustId));
      if (!answer.isSuccess() && answer.status() != 404) {
        LOG.warnf("A trust stays: trust=%s status=%d", trustId, answer.status());
      }
    } catch (QinlingException away) {
      LOG.warnf("A trust stays: trust=%s reason=%s", trustId, away.getMessage());
    }
  }

  @Override
  public Optional<TrustSession> session(String trustId) {
    var token = tokens.get(trustId, () -> fetchOrNone(trustId));
    if (token.session().isPresent()
        && !clock.instant().isBefore(token.renewFrom())
        && beingRenewed.add(trustId)) {
      background.execute(() -> renew(trustId, token));
    }
    return token.session();
  }

  private void renew(String trustId, TrustToken token) {
    try {
      tokens.replace(trustId, fetch(trustId));
    } catch (QinlingException away) {
      tokens.replace(trustId, token.renewedLater(clock.instant()));
      LOG.warnf("The token of a trust is not renewed yet: trust=%s", trustId);
    } finally {
      beingRenewed.remove(trustId);
    }
  }

  private TrustToken fetchOrNone(String trustId) {
    try {
      return fetch(trustId);
    } catch (QinlingException away) {
      LOG.warnf(
          "A function runs without access to the cloud: trust=%s reason=%s",
          trustId, away.getMessage());
      return TrustToken.none(clock.instant());
    }
  }

  private TrustToken fetch(String trustId) {
    var now = clock.instant();
    var issued = keystone.authenticateForTrust(trustId);
    if (issued.isEmpty()) {
      LOG.warnf(
          "Functions run without access to the cloud, since Keystone knows their owner's trust no"
              + " more: trust=%s",
          trustId);
      return TrustToken.none(now);
    }
    var document = issued.get().document();
    var session =
        new TrustSession(
            keystone.options().authUrlOfFunctions(),
            issued.get().token(),
            document.userId(),
            document.projectId().orElse(""),
            keystone.options().workersCaFile());
    return TrustToken.of(session, now, document.expiresAt());
  }
}
