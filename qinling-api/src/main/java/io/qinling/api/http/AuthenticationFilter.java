// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.api.identity.Authenticator;
import io.qinling.api.identity.Callers;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Lets nobody in who is not known, but for the addresses that are open to all. An address that does
 * not exist has been answered before.
 */
public class AuthenticationFilter {
  /**
   * The version documents, the health of the service, and webhooks, of which only who was told
   * knows the address.
   */
  private static final Pattern OPEN =
      Pattern.compile("/|/v1/|/healthcheck|/v1/webhooks/[^/]+/invoke/?");

  private final Authenticator authenticator;

  AuthenticationFilter(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  @ServerRequestFilter
  Response authenticate(ContainerRequestContext request, RoutingContext routing) {
    if (OPEN.matcher(routing.normalizedPath()).matches()) {
      return null;
    }
    try {
      Callers.set(routing, authenticator.authenticate(request::getHeaderString));
      return null;
    } catch (QinlingException refused) {
      if (refused.code() != ErrorCode.UNAUTHENTICATED) {
        throw refused;
      }
      var answer = Answers.error(refused.code(), refused.getMessage());
      authenticator
          .challenge()
          .ifPresent(challenge -> answer.getHeaders().add("WWW-Authenticate", challenge));
      return answer;
    }
  }
}
