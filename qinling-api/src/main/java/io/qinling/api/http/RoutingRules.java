// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * What holds for every address before its resource is looked up: slashes at the end and doubled
 * ones mean nothing, HEAD and PATCH are spoken nowhere, OPTIONS is always answered.
 */
@ApplicationScoped
public class RoutingRules {
  private static final int FIRST = 1000;
  private static final String V1 = "/v1";

  void register(@Observes Filters filters) {
    filters.register(RoutingRules::apply, FIRST);
  }

  private static void apply(RoutingContext routing) {
    var request = routing.request();
    var method = request.method();
    var path = routing.normalizedPath();
    if (method.equals(HttpMethod.OPTIONS)) {
      routing.response().end();
    } else if (path.equals(V1) && method.equals(HttpMethod.GET)) {
      routing
          .response()
          .setStatusCode(302)
          .putHeader("Location", request.scheme() + "://" + request.authority() + V1 + "/")
          .end();
    } else if (path.startsWith(V1)
        && (method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.PATCH))) {
      refuse(routing);
    } else if (isDirty(request.path(), path)) {
      var query = request.query() == null ? "" : "?" + request.query();
      routing.reroute(withoutTrailingSlash(path) + query);
    } else {
      routing.next();
    }
  }

  private static boolean isDirty(String sent, String normalized) {
    return sent.contains("//") || !withoutTrailingSlash(normalized).equals(normalized);
  }

  private static String withoutTrailingSlash(String path) {
    boolean superfluous = path.length() > 1 && path.endsWith("/") && !path.equals(V1 + "/");
    return superfluous ? path.substring(0, path.length() - 1) : path;
  }

  private static void refuse(RoutingContext routing) {
    routing
        .response()
        .setStatusCode(405)
        .putHeader("Allow", "DELETE, GET, POST, PUT")
        .putHeader("Content-Type", "application/json")
        .end(Buffer.buffer(Answers.errorBody(405, "The method is not allowed for this resource.")));
  }
}
