// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.request.RequestId;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.Arrays;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns what resources throw into answers. */
public class ErrorMappers {
  private static final Logger LOG = Logger.getLogger(ErrorMappers.class);
  private static final String FORM_PARSER = "org.jboss.resteasy.reactive.server.core.multipart.";

  @ServerExceptionMapper
  Response expected(QinlingException failure) {
    if (failure.code() == ErrorCode.INTERNAL) {
      return unexpected(failure);
    }
    var answer = Answers.error(failure.code(), failure.getMessage());
    failure
        .retryAfter()
        .ifPresent(time -> answer.getHeaders().putSingle("Retry-After", time.toSeconds()));
    return answer;
  }

  /** What the framework refuses: unknown paths, verbs, body types and forms it cannot read. */
  @ServerExceptionMapper
  Response refused(WebApplicationException failure, UriInfo uri) {
    int status = failure.getResponse().getStatus();
    if (status >= Response.Status.INTERNAL_SERVER_ERROR.getStatusCode()) {
      return unexpected(failure);
    }
    var answer = Answers.error(status, Answers.text(status));
    if (status == ErrorCode.METHOD_NOT_ALLOWED.httpStatus()) {
      answer.getHeaders().add("Allow", Answers.allowed(uri.getPath()));
    }
    return answer;
  }

  /**
   * The framework throws it for a form that is cut off or has no boundary; our own are unchecked.
   */
  @ServerExceptionMapper
  Response unreadable(IOException failure) {
    return Answers.error(ErrorCode.INVALID_INPUT, "The request body cannot be read.");
  }

  @ServerExceptionMapper
  Response unexpected(Throwable failure) {
    if (isOfFormParser(failure)) {
      return Answers.error(ErrorCode.INVALID_INPUT, "The request body cannot be read.");
    }
    LOG.error("A request failed", failure);
    return Answers.error(
        ErrorCode.INTERNAL,
        "Internal server error. The log has more under " + RequestId.current() + ".");
  }

  /** It stumbles over headers that end too early, instead of refusing them. */
  private static boolean isOfFormParser(Throwable failure) {
    return Arrays.stream(failure.getStackTrace())
        .anyMatch(frame -> frame.getClassName().startsWith(FORM_PARSER));
  }
}
