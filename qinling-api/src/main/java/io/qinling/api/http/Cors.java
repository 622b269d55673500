// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.vertx.core.MultiMap;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;

/**
 * Tells browsers which pages of other sites may call the API, as oslo.middleware does: what is not
 * allowed is not refused, but gets no headers, and the browser keeps the answer from the page.
 */
public final class Cors {
  private static final String ANY = "*";

  /** Browsers send these without asking: Fetch standard, CORS-safelisted request headers. */
  private static final Set<String> SAFE =
      Set.of(
          "accept",
          "accept-language",
          "content-language",
          "content-type",
          "cache-control",
          "expires",
          "last-modified",
          "pragma");

  private final Set<String> origins;
  private final boolean credentials;
  private final String maxAge;
  private final String exposed;
  private final Set<String> methods;
  private final Set<String> headers;

  /**
   * @param origins such as {@code https://horizon.example.org}, or {@code *} for all; empty for
   *     none
   * @param maxAgeSeconds how long a browser may keep the answer to its question
   */
  public Cors(
      Collection<String> origins,
      boolean credentials,
      int maxAgeSeconds,
      Collection<String> exposed,
      Collection<String> methods,
      Collection<String> headers) {
    this.origins = Set.copyOf(origins);
    this.credentials = credentials;
    this.maxAge = Integer.toString(maxAgeSeconds);
    this.exposed = String.join(",", exposed);
    this.methods = Set.copyOf(methods);
    this.headers =
        headers.stream()
            .map(header -> header.toLowerCase(Locale.ROOT))
            .collect(toUnmodifiableSet());
  }

  /** Adds to an answer what a page of the request's origin may know. */
  void answer(MultiMap request, MultiMap answer) {
    var origin = request.get("Origin");
    if (allows(origin)) {
      allow(origin, answer);
      if (!exposed.isEmpty()) {
        answer.set("Access-Control-Expose-Headers", exposed);
      }
    }
  }

  /** Adds to the answer to OPTIONS whether a page may send the request that it asks about. */
  void preflight(MultiMap request, MultiMap answer) {
    var origin = request.get("Origin");
    var method = request.get("Access-Control-Request-Method");
    var wanted = request.get("Access-Control-Request-Headers");
    if (!allows(origin) || method == null || !methods.contains(method) || !allowsAll(wanted)) {
      return;
    }
    allow(origin, answer);
    answer.set("Access-Control-Max-Age", maxAge);
    answer.set("Access-Control-Allow-Methods", method);
    if (wanted != null) {
      answer.set("Access-Control-Allow-Headers", wanted);
    }
  }

  private boolean allows(String origin) {
    return origin != null && (origins.contains(origin) || origins.contains(ANY));
  }

  private boolean allowsAll(String wanted) {
    return wanted == null
        || Arrays.stream(wanted.split(","))
            .map(header -> header.strip().toLowerCase(Locale.ROOT))
            .allMatch(header -> SAFE.contains(header) || headers.contains(header));
  }

  private void allow(String origin, MultiMap answer) {
    answer.set("Vary", "Origin");
    answer.set("Access-Control-Allow-Origin", origins.contains(origin) ? origin : ANY);
    if (credentials) {
      answer.set("Access-Control-Allow-Credentials", "true");
    }
  }
}
