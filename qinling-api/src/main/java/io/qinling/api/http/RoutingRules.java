// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static java.net.HttpURLConnection.HTTP_LENGTH_REQUIRED;

import io.qinling.error.ErrorCode;
import io.qinling.request.RequestId;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What holds for every address before its resource is looked up: slashes at the end and doubled
 * ones mean nothing, HEAD and PATCH are spoken nowhere, OPTIONS is always answered, the version
 * documents answer to any verb, and what is too large or of no type at all is refused before it is
 * read.
 */
@ApplicationScoped
public class RoutingRules {
  private static final int FIRST = 1000;

  /** After what {@code quarkus.http.limits.max-body-size} has added. */
  private static final int AFTER_THE_LIMIT_OF_ALL = 1;

  private static final int BEFORE_ALL = -1_000_000;
  private static final String V1 = "/v1";
  private static final Set<String> DOCUMENTS = Set.of("/", V1 + "/");

  /**
   * Only forms of functions have packages; every other body is a JSON object with a text of limited
   * length.
   */
  private static final long LARGEST_PACKAGE_BODY = 53L * 1024 * 1024;

  private static final long LARGEST_JSON_BODY = 8L * 1024 * 1024;
  private static final Pattern FORM = Pattern.compile("(?i)\\s*multipart/.*");

  private static final Pattern MEDIA_TYPE = Pattern.compile("[^/;\\s]+/[^/;\\s]+\\s*(;.*)?");
  private static final Pattern ACTION =
      Pattern.compile(V1 + "/(functions|webhooks)/.+/(detach|scale_up|scale_down|invoke)");

  /** Addresses that lie below another resource's: the framework would not know their verbs. */
  private static final Pattern NESTED =
      Pattern.compile(V1 + "/(functions/[^/]+/versions(/[^/]+(/[a-z_]+)?)?|webhooks/[^/]+/invoke)");

  private final Cors cors;
  private final Stopping stopping;
  private final RequestSpans spans;

  RoutingRules(Cors cors, Stopping stopping, RequestSpans spans) {
    this.cors = cors;
    this.stopping = stopping;
    this.spans = spans;
  }

  void register(@Observes Filters filters) {
    filters.register(this::apply, FIRST);
    filters.register(RoutingRules::limitBody, AFTER_THE_LIMIT_OF_ALL);
  }

  /** A request without a host, or with a malformed one, comes to no filter. */
  void register(@Observes Router router) {
    router
        .route()
        .order(BEFORE_ALL)
        .failureHandler(routing -> {
          if (routing.statusCode() == ErrorCode.INVALID_INPUT.httpStatus()) {
            refuse(
                routing,
                routing.statusCode(),
                "The request cannot be read: is its host missing or malformed?");
          } else {
            routing.next();
          }
        });
  }

  private static void refuse(RoutingContext routing, int status, String message) {
    routing
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(Buffer.buffer(Answers.errorBody(status, message)));
  }

  private void apply(RoutingContext routing) {
    begin(routing);
    var request = routing.request();
    var method = request.method();
    var path = withoutTrailingSlash(routing.normalizedPath());
    if (method.equals(HttpMethod.OPTIONS)) {
      cors.preflight(request.headers(), routing.response().headers());
      routing.response().end();
      return;
    }
    cors.answer(request.headers(), routing.response().headers());
    if (path.equals(V1) && method.equals(HttpMethod.GET)) {
      routing.response().setStatusCode(302).putHeader("Location", base(request) + V1 + "/").end();
    } else if (DOCUMENTS.contains(path) && !method.equals(HttpMethod.GET)) {
      routing.reroute(HttpMethod.GET, path);
    } else if (path.startsWith(V1) && isRefused(routing, method, path)) {
      int status = routing.response().getStatusCode();
      refuse(routing, status, Answers.text(status));
    } else if (!path.equals(request.path())) {
      routing.reroute(path + (request.query() == null ? "" : "?" + request.query()));
    } else {
      routing.next();
    }
  }

  /** A request that is rerouted stays the same. */
  private void begin(RoutingContext routing) {
    var headers = routing.response().headers();
    if (stopping.hasBegun()) {
      headers.set("Connection", "close");
    }
    if (!headers.contains(RequestId.HEADER)) {
      var id = RequestId.create();
      headers.set(RequestId.HEADER, id);
      RequestId.set(id);
      spans.begin(routing);
    }
  }

  /** Empty for HTTP/1.0, which need not tell the host; then the address is relative to it. */
  private static String base(HttpServerRequest request) {
    return request.authority() == null ? "" : request.scheme() + "://" + request.authority();
  }

  /** Sets the status when the request is refused. */
  private static boolean isRefused(RoutingContext routing, HttpMethod method, String path) {
    var request = routing.request();
    var response = routing.response();
    if (method.equals(HttpMethod.GET) && ACTION.matcher(path).matches()) {
      response.setStatusCode(ErrorCode.NOT_FOUND.httpStatus());
      return true;
    }
    if (!isSpoken(method, path)) {
      response.setStatusCode(ErrorCode.METHOD_NOT_ALLOWED.httpStatus());
      response.putHeader("Allow", Answers.allowed(path));
      return true;
    }
    var type = request.getHeader("Content-Type");
    if (isTooLarge(routing)) {
      response.setStatusCode(ErrorCode.TOO_LARGE.httpStatus());
      // What the client still sends is not read.
      response.putHeader("Connection", "close");
      return true;
    }
    if (isForm(request)
        && largestBody(routing) < LARGEST_PACKAGE_BODY
        && request.getHeader("Transfer-Encoding") != null) {
      response.setStatusCode(HTTP_LENGTH_REQUIRED);
      response.putHeader("Connection", "close");
      return true;
    }
    if (type != null && !MEDIA_TYPE.matcher(type).matches()) {
      response.setStatusCode(ErrorCode.UNSUPPORTED_MEDIA_TYPE.httpStatus());
      return true;
    }
    return false;
  }

  private static boolean isSpoken(HttpMethod method, String path) {
    if (method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.PATCH)) {
      return false;
    }
    return !NESTED.matcher(path).matches()
        || List.of(Answers.allowed(path).split(", ")).contains(method.name());
  }

  private static boolean isTooLarge(RoutingContext routing) {
    var length = routing.request().getHeader("Content-Length");
    return length != null
        && length.matches("[0-9]{1,18}")
        && Long.parseLong(length) > largestBody(routing);
  }

  /** Heeded where a body is read that does not tell its length, but not where a form is. */
  private static void limitBody(RoutingContext routing) {
    routing.put(VertxHttpRecorder.MAX_REQUEST_SIZE_KEY, largestBody(routing));
    routing.next();
  }

  private static long largestBody(RoutingContext routing) {
    boolean mayHavePackage =
        isForm(routing.request()) && routing.normalizedPath().startsWith(V1 + "/functions");
    return mayHavePackage ? LARGEST_PACKAGE_BODY : LARGEST_JSON_BODY;
  }

  private static boolean isForm(HttpServerRequest request) {
    var type = request.getHeader("Content-Type");
    return type != null && FORM.matcher(type).matches();
  }

  private static String withoutTrailingSlash(String path) {
    boolean superfluous = path.length() > 1 && path.endsWith("/") && !DOCUMENTS.contains(path);
    return superfluous ? path.substring(0, path.length() - 1) : path;
  }
}
