// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.vertx.core.MultiMap;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

  private final List<Site> sites;

  public Cors(List<Site> sites) {
    this.sites = List.copyOf(sites);
  }

  /**
   * What pages of some origins may do.
   *
   * @param origins such as {@code https://horizon.example.org}, or {@code *} for all; empty for
   *     none
   * @param credentials whether a browser may send cookies and the like
   * @param maxAgeSeconds how long a browser may keep the answer to its question
   * @param exposed headers of answers that a page may read
   * @param methods verbs that a page may use
   * @param headers that a page may send, in lower case
   */
  public record Site(
      Set<String> origins,
      boolean credentials,
      int maxAgeSeconds,
      List<String> exposed,
      Set<String> methods,
      Set<String> headers) {
    public Site {
      origins = Set.copyOf(origins);
      exposed = List.copyOf(exposed);
      methods = Set.copyOf(methods);
      headers =
          headers.stream()
              .map(header -> header.toLowerCase(Locale.ROOT))
              .collect(toUnmodifiableSet());
    }

    private boolean covers(String origin) {
      return origins.contains(origin) || origins.contains(ANY);
    }

    private boolean allows(String method, String wanted) {
      return method != null
          && methods.contains(method)
          && (wanted == null
              || Arrays.stream(wanted.split(","))
                  .map(header -> header.strip().toLowerCase(Locale.ROOT))
                  .allMatch(header -> SAFE.contains(header) || headers.contains(header)));
    }

    private void allow(String origin, MultiMap answer) {
      answer.set("Vary", "Origin");
      answer.set("Access-Control-Allow-Origin", origins.contains(origin) ? origin : ANY);
      if (credentials) {
        answer.set("Access-Control-Allow-Credentials", "true");
      }
    }
  }

  /** Adds to an answer what a page of the request's origin may know. */
  void answer(MultiMap request, MultiMap answer) {
    var origin = request.get("Origin");
    var site = site(origin);
    if (site.isPresent()) {
      site.get().allow(origin, answer);
      if (!site.get().exposed().isEmpty()) {
        answer.set("Access-Control-Expose-Headers", String.join(",", site.get().exposed()));
      }
    }
  }

  /** Adds to the answer to OPTIONS whether a page may send the request that it asks about. */
  void preflight(MultiMap request, MultiMap answer) {
    var origin = request.get("Origin");
    var method = request.get("Access-Control-Request-Method");
    var wanted = request.get("Access-Control-Request-Headers");
    var site = site(origin).filter(found -> found.allows(method, wanted));
    if (site.isPresent()) {
      site.get().allow(origin, answer);
      answer.set("Access-Control-Max-Age", Integer.toString(site.get().maxAgeSeconds()));
      answer.set("Access-Control-Allow-Methods", method);
      if (wanted != null) {
        answer.set("Access-Control-Allow-Headers", wanted);
      }
    }
  }

  /** The first that covers the origin. */
  private Optional<Site> site(String origin) {
    return origin == null
        ? Optional.empty()
        : sites.stream().filter(site -> site.covers(origin)).findFirst();
  }
}
