// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.http.Json;
import io.qinling.api.http.Texts;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a client says of a function, from whichever of the three encodings. Fields that mean nothing
 * are left out, since clients send some.
 *
 * @param texts values by name of the field; JSON values as their text, an object as JSON
 * @param packageFile the uploaded package
 */
record FunctionFields(Map<String, String> texts, Optional<Path> packageFile) {
  private static final int NAME = 255;
  private static final int ENTRY = 80;
  private static final Pattern PRINTABLE = Pattern.compile("[!-~]+");

  FunctionFields {
    texts = Map.copyOf(texts);
  }

  /** From a JSON object; null is as good as absent. */
  static FunctionFields ofJson(byte[] body) {
    var texts = new HashMap<String, String>();
    if (body.length > 0) {
      for (var field : parseObject("The body", body).properties()) {
        var value = field.getValue();
        if (!value.isNull()) {
          texts.put(field.getKey(), value.isTextual() ? value.textValue() : value.toString());
        }
      }
    }
    return new FunctionFields(texts, Optional.empty());
  }

  private static ObjectNode parseObject(String what, byte[] json) {
    try {
      if (Json.MAPPER.readTree(json) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException malformed) {
      throw invalid(what + " is not valid JSON");
    }
    throw invalid(what + " must be a JSON object");
  }

  Optional<String> text(String name) {
    var text = Optional.ofNullable(texts.get(name));
    text.ifPresent(value -> Texts.requireStorable(name, value));
    return text;
  }

  Optional<String> name() {
    return limited("name", NAME);
  }

  Optional<String> description() {
    return limited("description", NAME);
  }

  /** Empty when absent or left blank, as the dashboard does. */
  Optional<String> entry() {
    var entry = limited("entry", ENTRY).filter(text -> !text.isBlank());
    if (entry.filter(text -> !PRINTABLE.matcher(text).matches()).isPresent()) {
      throw invalid("entry must be <module>.<function> in printable ASCII characters");
    }
    return entry;
  }

  private Optional<String> limited(String field, int maxLength) {
    var text = text(field);
    text.ifPresent(value -> Texts.requireLength(field, value, maxLength));
    return text;
  }

  /** The code object. */
  Optional<ObjectNode> code() {
    return text("code").map(text -> parseObject("code", text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The checksum that the client expects, from the code object or, as some clients send it, beside
   * it.
   */
  Optional<String> md5sum() {
    return code()
        .map(code -> code.path("md5sum"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue)
        .or(() -> text("md5sum"));
  }

  /** The uploaded package, which must be there. */
  Path requirePackage() {
    return packageFile.orElseThrow(() -> invalid("The package must be uploaded as a file"));
  }

  /** Refuses a package that came as text: clients that do so lost the file. */
  void requirePackageIsFile() {
    if (packageFile.isEmpty() && texts.containsKey("package")) {
      throw invalid("The package must be uploaded as a file");
    }
  }

  /** A code object as it is kept. */
  static String json(ObjectNode code) {
    return new String(Json.bytes(json -> json.writeTree(code)), StandardCharsets.UTF_8);
  }

  static QinlingException invalid(String message) {
    return new QinlingException(ErrorCode.INVALID_INPUT, message);
  }
}
