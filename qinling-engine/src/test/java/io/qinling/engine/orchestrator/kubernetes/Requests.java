// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Which rights it takes what is asked of the API server. */
final class Requests implements HttpClient.Factory, Interceptor {
  private static final Pattern PATH =
      Pattern.compile(
          "/(?:api|apis/(?<group>[^/]+))/v1(?:/namespaces/[^/]+)?"
              + "/(?<resource>[a-z]+)(?:/(?<name>[^/]+)(?<subresource>/[a-z]+)?)?");

  private final Set<String> rights = ConcurrentHashMap.newKeySet();
  private final HttpClient.Factory factory;

  Requests(HttpClient.Factory factory) {
    this.factory = factory;
  }

  /** As {@link #right} has them. */
  Set<String> rights() {
    return Set.copyOf(rights);
  }

  /** Such as {@code get deployments.apps}. */
  static String right(String verb, String resource, String group) {
    return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
  }

  @Override
  public HttpClient.Builder newBuilder() {
    return factory.newBuilder().addOrReplaceInterceptor("rights", this);
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    var path = PATH.matcher(request.uri().getPath());
    if (path.matches()) {
      rights.add(
          right(
              verb(request, path.group("name") != null),
              path.group("resource") + Objects.requireNonNullElse(path.group("subresource"), ""),
              Objects.requireNonNullElse(path.group("group"), "")));
    }
  }

  private static String verb(HttpRequest request, boolean isNamed) {
    return switch (request.method()) {
      case "POST" -> "create";
      case "PATCH" -> "patch";
      case "PUT" -> "update";
      case "DELETE" -> isNamed ? "delete" : "deletecollection";
      default -> isNamed ? "get" : isWatch(request) ? "watch" : "list";
    };
  }

  private static boolean isWatch(HttpRequest request) {
    return Objects.requireNonNullElse(request.uri().getQuery(), "").contains("watch=true");
  }
}
