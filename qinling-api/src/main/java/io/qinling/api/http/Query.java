// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import jakarta.ws.rs.core.UriInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The parameters of a request's query. A repeated parameter counts with its last value. */
public final class Query {
  private static final Set<String> TRUE = Set.of("1", "t", "true", "on", "y", "yes");

  private final UriInfo uri;

  private Query(UriInfo uri) {
    this.uri = uri;
  }

  /**
   * Reads a query in which only these parameters may stand.
   *
   * @throws QinlingException INVALID_INPUT naming the others
   */
  public static Query strict(UriInfo uri, String... known) {
    var unknown =
        uri.getQueryParameters().keySet().stream()
            .filter(name -> !Arrays.asList(known).contains(name))
            .sorted()
            .collect(Collectors.joining(", "));
    if (!unknown.isEmpty()) {
      throw new QinlingException(ErrorCode.INVALID_INPUT, "Unknown argument: " + unknown);
    }
    return new Query(uri);
  }

  /** Reads a query in which unknown parameters mean nothing. */
  public static Query lenient(UriInfo uri) {
    return new Query(uri);
  }

  /**
   * @throws QinlingException INVALID_INPUT when it has a null character
   */
  public Optional<String> text(String name) {
    var text = last(name);
    text.ifPresent(value -> Texts.requireStorable(name, value));
    return text;
  }

  private Optional<String> last(String name) {
    List<String> values = uri.getQueryParameters().get(name);
    return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.getLast());
  }

  /**
   * @throws QinlingException INVALID_INPUT when it is not a decimal integer
   */
  public Optional<Integer> integer(String name) {
    return last(name)
        .map(text -> {
          if (!text.matches("-?[0-9]{1,9}")) {
            throw new QinlingException(
                ErrorCode.INVALID_INPUT, "Invalid value of " + name + ": it must be an integer");
          }
          return Integer.parseInt(text);
        });
  }

  /** False when absent, and for everything that does not say yes. */
  public boolean flag(String name) {
    return last(name)
        .map(text -> TRUE.contains(text.strip().toLowerCase(Locale.ROOT)))
        .orElse(false);
  }
}
