// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.qinling.engine.function.FunctionVersion;
import java.io.IOException;

/**
 * Reads the bodies of a worker's answers. The output is not taken apart: its text goes to the
 * client as the worker wrote it.
 */
final class ReplyParser {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          // The size of an answer is limited before it gets here.
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private static final ObjectMapper TREES = new ObjectMapper();

  private ReplyParser() {}

  /** The answer to an execution; it failed unless the answer says otherwise. */
  static WorkerResult result(byte[] body) {
    return result(body, false);
  }

  /**
   * The answer to an execution.
   *
   * @param silentSuccess whether it succeeded when the answer does not say
   */
  static WorkerResult result(byte[] body, boolean silentSuccess) {
    var fields = new Fields(body, silentSuccess);
    return new WorkerResult(
        fields.success,
        fields.output == null ? "null" : fields.output,
        fields.duration,
        fields.logs);
  }

  /** The answer to a load that failed; its output is the reason. */
  static FunctionLoadException loadFailure(byte[] body) {
    var fields = new Fields(body, false);
    return new FunctionLoadException(fields.outputText, fields.logs);
  }

  /** Whether the answer to the question what is loaded means this function. */
  static boolean describes(byte[] body, FunctionVersion function) {
    try {
      var loaded = TREES.readTree(body);
      return loaded.path("function").asText().equals(function.key().functionId())
          && loaded.path("version").asInt(-1) == function.key().version()
          && loaded.path("digest").asText().equalsIgnoreCase(function.packageDigest());
    } catch (IOException malformed) {
      throw new WorkerLostException("The worker's answer is not JSON", malformed);
    }
  }

  /** The fields of an answer; unknown ones are left out. */
  private static final class Fields {
    private String output;
    private String outputText = "";
    private double duration;
    private String logs = "";
    private boolean success;

    Fields(byte[] body, boolean silentSuccess) {
      success = silentSuccess;
      try (JsonParser parser = JSON.createParser(body)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw new WorkerLostException("The worker's answer is not a JSON object", null);
        }
        for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
          parser.nextToken();
          read(name, parser, body);
        }
      } catch (IOException malformed) {
        throw new WorkerLostException("The worker's answer is not JSON", malformed);
      }
    }

    private void read(String name, JsonParser parser, byte[] body) throws IOException {
      switch (name) {
        case "output" -> readOutput(parser, body);
        case "duration" -> duration = parser.getDoubleValue();
        case "logs" -> logs = parser.getText();
        case "success" -> success = parser.getBooleanValue();
        default -> parser.skipChildren();
      }
    }

    private void readOutput(JsonParser parser, byte[] body) throws IOException {
      int start = (int) parser.currentTokenLocation().getByteOffset();
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        outputText = parser.getText();
      }
      parser.skipChildren();
      parser.finishToken();
      int end = (int) parser.currentLocation().getByteOffset();
      output = new String(body, start, end - start, UTF_8);
    }
  }
}
