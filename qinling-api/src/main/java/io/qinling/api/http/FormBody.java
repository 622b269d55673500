// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The form in the body of a request, when it is {@code application/x-www-form-urlencoded}. The
 * framework takes a form that cannot be decoded for a defect of the service.
 */
public final class FormBody {
  private FormBody() {}

  /**
   * Parses a body, which may be empty.
   *
   * @return values by the name of their field, both in the order of the body
   * @throws QinlingException INVALID_INPUT when it is not encoded as it should be
   */
  public static Map<String, List<String>> parse(byte[] body) {
    var fields = new LinkedHashMap<String, List<String>>();
    for (var field : new String(body, UTF_8).split("&", -1)) {
      if (!field.isEmpty()) {
        var parts = field.split("=", 2);
        var value = parts.length == 1 ? "" : decoded(parts[1]);
        fields.computeIfAbsent(decoded(parts[0]), name -> new ArrayList<>()).add(value);
      }
    }
    return fields;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT, "The form is not encoded as it should be", malformed);
    }
  }
}
