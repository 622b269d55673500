// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import jakarta.ws.rs.core.UriInfo;
import java.util.Set;

/** How many workers a client wants more or fewer. */
public final class ScaleCount {
  private ScaleCount() {}

  /**
   * @throws QinlingException INVALID_INPUT when it is not a positive integer
   */
  public static int parse(UriInfo uri, String contentType, byte[] bytes) {
    Query.strict(uri);
    var body = JsonBody.parse(contentType, bytes, Set.of("count"), Set.of());
    int count = body.integer("count").orElse(1);
    if (count < 1) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          "Invalid input for field/attribute count: it must be at least 1");
    }
    return count;
  }
}
