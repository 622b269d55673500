// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import jakarta.ws.rs.core.UriInfo;
import java.util.Optional;
import java.util.function.Supplier;

/** The address by which the outside world reaches this service. */
public final class PublicEndpoint {
  private final Supplier<Optional<String>> known;

  /**
   * @param known what the configuration or the catalogue says, if anything; must answer from memory
   */
  public PublicEndpoint(Supplier<Optional<String>> known) {
    this.known = known;
  }

  /** Without a slash at the end; that of the request when nothing else is known. */
  public String url(UriInfo request) {
    return known.get().orElseGet(() -> request.getBaseUri().toString()).replaceAll("/+$", "");
  }
}
