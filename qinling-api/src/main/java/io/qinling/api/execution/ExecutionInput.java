// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.http.Json;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The input of executions. Clients send text: a JSON object becomes the keyword arguments of the
 * function, everything else its single positional argument, which stands in the object under a
 * reserved key.
 */
public final class ExecutionInput {
  /** The key of the one positional argument, which the runtimes know. */
  public static final String POSITIONAL = "__function_input";

  /** Bytes of an object that has the reserved key alone, without the text. */
  private static final int FRAME = 64;

  private ExecutionInput() {}

  /**
   * What is kept and handed to the function.
   *
   * @param text as the client sent it, or null
   * @return a JSON object as text, or null
   * @throws QinlingException TOO_LARGE or, when it nests too deep, INVALID_INPUT
   */
  static String normalise(String text, int maxBytes) {
    if (text == null) {
      return null;
    }
    requireLength(text, maxBytes);

    var parsed = parse(text);
    if (parsed instanceof ObjectNode) {
      return text;
    }
    if (parsed != null && parsed.isNull()) {
      return null;
    }
    // Control characters take six times the room as JSON.
    var object = positional(text);
    requireLength(object, 2 * maxBytes + FRAME);
    return object;
  }

  private static void requireLength(String text, int maxBytes) {
    // A character has at least one byte, so a long text need not be encoded to be refused.
    if (text.length() > maxBytes || text.getBytes(UTF_8).length > maxBytes) {
      throw new QinlingException(
          ErrorCode.TOO_LARGE, "The input is larger than the " + maxBytes + " bytes allowed");
    }
  }

  /** Null for what is not JSON. */
  private static JsonNode parse(String text) {
    try {
      var value = Json.MAPPER.readTree(text);
      return value.isMissingNode() ? null : value;
    } catch (StreamConstraintsException tooDeep) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          "The input nests too deep or has a number that is too long",
          tooDeep);
    } catch (IOException notJson) {
      return null;
    }
  }

  private static String positional(String text) {
    return Json.MAPPER.createObjectNode().put(POSITIONAL, text).toString();
  }

  /** What a client is shown: the positional argument as it was sent, otherwise the object. */
  static String echo(String input) {
    if (input == null || !input.contains(POSITIONAL)) {
      return input;
    }
    try {
      var object = Json.MAPPER.readTree(input);
      var argument = object.path(POSITIONAL);
      if (argument.isTextual()) {
        boolean isAll = object.size() == 1;
        return argument.textValue().isEmpty() && !isAll ? input : argument.textValue();
      }
      boolean truthy = !argument.isMissingNode() && !argument.isNull();
      return truthy ? argument.toString() : input;
    } catch (IOException impossible) {
      throw new UncheckedIOException("A stored input is not JSON", impossible);
    }
  }
}
