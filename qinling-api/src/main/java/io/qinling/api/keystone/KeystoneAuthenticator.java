// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.keystone;

import com.github.benmanes.caffeine.cache.Ticker;
import io.qinling.api.identity.Authenticator;
import io.qinling.api.identity.Caller;
import io.qinling.api.identity.UserToken;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Believes Keystone. Of a request only its tokens are read; whatever else it says of identity, such
 * as X-Roles, has no effect. A service's token lets a user's count that expired meanwhile, and is
 * not enough by itself.
 */
public final class KeystoneAuthenticator implements Authenticator {
  private static final String TOKEN = "X-Auth-Token";
  private static final String OLD_TOKEN = "X-Storage-Token";
  private static final String SERVICE_TOKEN = "X-Service-Token";
  private static final String ADMIN = "admin";

  private final TokenChecks checks;
  private final ServiceTokenRules serviceTokens;
  private final String challenge;

  /**
   * @param keep how long Keystone's word on a token counts, and so how long a revoked one may still
   *     pass; nothing is remembered unless it is more than zero
   * @param ticker measures that
   */
  public KeystoneAuthenticator(
      KeystoneClient keystone,
      ServiceTokenRules serviceTokens,
      Duration keep,
      Clock clock,
      Ticker ticker) {
    this.checks = new TokenChecks(keystone, keep, clock, ticker);
    this.serviceTokens = serviceTokens;
    this.challenge = "Keystone uri=\"" + keystone.publicUrl() + "\"";
  }

  @Override
  public Caller authenticate(Function<String, String> header) {
    var token =
        given(header, TOKEN)
            .or(() -> given(header, OLD_TOKEN))
            .orElseThrow(() -> unauthenticated("Authentication is required"));
    var service = given(header, SERVICE_TOKEN).map(this::service);
    var user =
        checks
            .check(token, service.isPresent() && serviceTokens.isService(service.get().roles()))
            .orElseThrow(() -> unauthenticated("The token is not valid"));
    return caller(service.isPresent() ? user.withService(service.get()) : user);
  }

  private UserToken.Service service(String token) {
    var service =
        checks
            .check(token, false)
            .filter(found -> !serviceTokens.required() || serviceTokens.isService(found.roles()))
            .orElseThrow(() -> unauthenticated("The service token is not valid"));
    return new UserToken.Service(
        service.userId(),
        service.userDomainId(),
        service.projectId(),
        service.projectDomainId(),
        service.roles());
  }

  /** Tokens whose owner was known; nothing is counted unless it is remembered. */
  public long knownTokens() {
    return checks.hits();
  }

  /** Tokens that Keystone was asked about. */
  public long unknownTokens() {
    return checks.misses();
  }

  private static Caller caller(UserToken user) {
    var project =
        user.projectId()
            .orElseThrow(() ->
                new QinlingException(
                    ErrorCode.NOT_ALLOWED,
                    "The token is for no project; this service needs one of a project"));
    return new Caller(project, user.roles().contains(ADMIN), Optional.of(user));
  }

  private static Optional<String> given(Function<String, String> header, String name) {
    return Optional.ofNullable(header.apply(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  private static QinlingException unauthenticated(String message) {
    return new QinlingException(ErrorCode.UNAUTHENTICATED, message);
  }

  @Override
  public Optional<String> challenge() {
    return Optional.of(challenge);
  }
}
