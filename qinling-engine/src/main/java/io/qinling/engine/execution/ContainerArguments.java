// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.execution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.StreamSupport;

/** Makes the arguments of a container out of the input of an execution. */
final class ContainerArguments {
  /** Under which the API has what was not an object. */
  private static final String TEXT = "__function_input";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private ContainerArguments() {}

  /**
   * A text is split at its blanks, the elements of an array are an argument each, and an object is
   * one argument of JSON.
   *
   * @param inputJson null or an object, as JSON; empty is null
   */
  static List<String> of(byte[] inputJson) {
    try {
      var input = JSON.readTree(inputJson);
      if (input == null || input.isNull() || input.isMissingNode() || input.isEmpty()) {
        return List.of();
      }
      return input.has(TEXT) ? ofText(input.get(TEXT).asText()) : List.of(input.toString());
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static List<String> ofText(String text) {
    try {
      var json = JSON.readTree(text);
      if (json.isArray()) {
        return StreamSupport.stream(json.spliterator(), false)
            .map(element -> element.isTextual() ? element.asText() : element.toString())
            .toList();
      }
    } catch (JsonProcessingException plain) {
      // As most texts are.
    }
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }
}
