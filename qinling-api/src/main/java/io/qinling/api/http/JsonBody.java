// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The JSON object in the body of a request, read with the coercions that the v1 API has always
 * made. Keys that are not known and keys that cannot be set are refused when the body is parsed; a
 * value of the wrong type when it is read. All refusals are INVALID_INPUT.
 */
public final class JsonBody {
  private static final Set<String> JSON_TYPES =
      Set.of("application/json", "text/javascript", "application/javascript");
  private static final int MOST_INTEGER_DIGITS = 10;
  private static final Set<String> TRUE = Set.of("true", "t", "yes", "y", "on", "1");
  private static final Set<String> FALSE = Set.of("false", "f", "no", "n", "off", "0");

  private final ObjectNode object;

  private JsonBody(ObjectNode object) {
    this.object = object;
  }

  /**
   * Parses a body that must be there.
   *
   * @param contentType the header of the request, null without one
   * @param settable keys that may stand in the body
   * @param readOnly keys that exist, but are not the client's to set
   */
  public static JsonBody parse(
      String contentType, byte[] body, Set<String> settable, Set<String> readOnly) {
    if (body.length == 0) {
      throw invalid("Missing argument: a JSON object is required as body");
    }
    requireJsonType(contentType);
    var parsed = new JsonBody(object(body));
    parsed.requireKnown(settable, readOnly);
    return parsed;
  }

  /** Refuses a body that says anything. */
  public static void requireNone(String contentType, byte[] body) {
    if (body.length > 0) {
      parse(contentType, body, Set.of(), Set.of());
    }
  }

  /**
   * Refuses what is not said to be JSON.
   *
   * @throws QinlingException UNSUPPORTED_MEDIA_TYPE
   */
  public static void requireJsonType(String contentType) {
    if (!isJsonType(contentType)) {
      throw new QinlingException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "Unknown mimetype: " + (contentType == null ? "none" : contentType));
    }
  }

  /** Whether a header says that the body is JSON; null is no header. */
  public static boolean isJsonType(String contentType) {
    return contentType != null
        && JSON_TYPES.contains(contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT));
  }

  private static ObjectNode object(byte[] body) {
    JsonNode value;
    try {
      value = Json.MAPPER.readTree(body);
    } catch (IOException malformed) {
      throw invalid("Request is not in valid JSON format");
    }
    if (value instanceof ObjectNode object) {
      return object;
    }
    throw invalid("The body must be a JSON object");
  }

  private void requireKnown(Set<String> settable, Set<String> readOnly) {
    List<String> unknown = new ArrayList<>();
    for (var key : object.properties()) {
      if (readOnly.contains(key.getKey())) {
        throw invalid("Cannot set read only field " + key.getKey());
      }
      if (!settable.contains(key.getKey())) {
        unknown.add(key.getKey());
      }
    }
    if (!unknown.isEmpty()) {
      throw invalid("Unknown attribute(s): " + String.join(", ", unknown));
    }
  }

  /** Whether the key stands in the body, be it with a null. */
  public boolean has(String key) {
    return object.has(key);
  }

  /** Empty for an absent key and for null. */
  public Optional<String> text(String key) {
    return value(key)
        .map(value -> {
          if (!value.isTextual()) {
            throw wrongType(key, "a string");
          }
          Texts.requireUnicode(key, value.textValue());
          return value.textValue();
        });
  }

  /** As {@link #text(String)}, but no longer than the database's column. */
  public Optional<String> text(String key, int maxLength) {
    var text = text(key);
    text.ifPresent(value -> Texts.requireLength(key, value, maxLength));
    return text;
  }

  /** Empty for an absent key and for null. Booleans count as 0 and 1, fractions are cut off. */
  public Optional<Integer> integer(String key) {
    return value(key)
        .map(value -> {
          if (value.isBoolean()) {
            return value.booleanValue() ? 1 : 0;
          }
          if (value.isNumber()) {
            return exact(key, value.decimalValue());
          }
          if (value.isTextual() && value.textValue().strip().matches("[+-]?[0-9]{1,18}")) {
            return exact(key, new BigDecimal(value.textValue().strip()));
          }
          throw wrongType(key, "an integer");
        });
  }

  /** Looks at the length before it makes an integer: that of 1e500000000 would fill the memory. */
  private static int exact(String key, BigDecimal value) {
    long integerDigits = value.precision() - (long) value.scale();
    if (integerDigits < 1) {
      return 0;
    }
    if (integerDigits > MOST_INTEGER_DIGITS || value.toBigInteger().bitLength() > 31) {
      throw wrongType(key, "an integer of 32 bits");
    }
    return value.intValue();
  }

  /** As {@link #integer}, for the number of a function version. */
  public Optional<Integer> version(String key) {
    var version = integer(key);
    if (version.filter(number -> number < 0).isPresent()) {
      throw wrongType(key, "0 or a positive integer");
    }
    return version;
  }

  /** Empty for an absent key and for null. Any integer other than 0 is true. */
  public Optional<Boolean> bool(String key) {
    return value(key)
        .map(value -> {
          if (value.isBoolean()) {
            return value.booleanValue();
          }
          if (value.isIntegralNumber()) {
            return value.bigIntegerValue().signum() != 0;
          }
          if (value.isTextual() && TRUE.contains(value.textValue())) {
            return true;
          }
          if (value.isTextual() && FALSE.contains(value.textValue())) {
            return false;
          }
          throw wrongType(key, "a boolean");
        });
  }

  /** Empty for an absent key and for null; any form of a UUID, as it was sent. */
  public Optional<String> uuid(String key) {
    var text = text(key);
    text.ifPresent(value -> Texts.requireUuid(key, value));
    return text;
  }

  private Optional<JsonNode> value(String key) {
    return Optional.ofNullable(object.get(key)).filter(value -> !value.isNull());
  }

  private static QinlingException wrongType(String key, String wanted) {
    return invalid("Invalid input for field/attribute " + key + ": it must be " + wanted);
  }

  private static QinlingException invalid(String message) {
    return new QinlingException(ErrorCode.INVALID_INPUT, message);
  }
}
