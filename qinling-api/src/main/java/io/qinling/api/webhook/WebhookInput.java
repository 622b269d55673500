// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.qinling.api.execution.ExecutionInput;
import io.qinling.api.http.Json;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The input that a call of a webhook gives to the function: an object of the query's parameters and
 * the body's fields. A key with several values has the list of them.
 */
final class WebhookInput {
  private final ObjectNode object = Json.MAPPER.createObjectNode();
  private final Set<String> lists = new HashSet<>();

  WebhookInput(Map<String, List<String>> query) {
    query.forEach((name, values) -> values.forEach(value -> add(name, new TextNode(value))));
  }

  WebhookInput add(String name, String value) {
    add(name, new TextNode(value));
    return this;
  }

  private void add(String name, JsonNode value) {
    var present = object.get(name);
    if (present == null) {
      object.set(name, value);
    } else if (lists.add(name)) {
      object.set(name, Json.MAPPER.createArrayNode().add(present).add(value));
    } else {
      ((ArrayNode) present).add(value);
    }
  }

  /**
   * Adds a JSON object; another JSON value but null is the function's one argument, unless the
   * query gives some.
   *
   * @throws QinlingException INVALID_INPUT when it is no JSON
   */
  WebhookInput addJson(byte[] body) {
    JsonNode value;
    try {
      value = Json.MAPPER.readTree(body);
    } catch (IOException malformed) {
      throw notJson();
    }
    if (value instanceof ObjectNode given) {
      given.properties().forEach(field -> add(field.getKey(), field.getValue()));
      return this;
    }
    if (value.isMissingNode()) {
      throw notJson();
    }
    return value.isNull() ? this : addArgument(value.toString());
  }

  private static QinlingException notJson() {
    return new QinlingException(
        ErrorCode.INVALID_INPUT, "The body is not valid JSON, as its Content-Type says it is");
  }

  /** Adds a text that is not JSON, as the function's one argument unless the query gives some. */
  WebhookInput addText(byte[] body) {
    return addArgument(new String(body, StandardCharsets.UTF_8));
  }

  private WebhookInput addArgument(String text) {
    if (object.isEmpty()) {
      add(ExecutionInput.POSITIONAL, text);
    }
    return this;
  }

  /** A JSON object as text. */
  String json() {
    return object.toString();
  }
}
