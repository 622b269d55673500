// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The one JSON mapper, and the form in which values stand in answers. */
public final class Json {
  /** Deeper than anything real, and less than what the interpreters of functions can parse. */
  private static final int MAX_DEPTH = 500;

  /** Longer than any text that is accepted; those are limited where they are used. */
  private static final int MAX_TEXT = 64 * 1024 * 1024;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

  /** Parses strictly: nothing may follow the value. */
  public static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_TEXT)
                          .build())
                  .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

  private Json() {}

  /** Parses what we wrote ourselves. */
  public static JsonNode parseStored(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException("What is stored is not JSON", impossible);
    }
  }

  /** Writes one value. */
  @FunctionalInterface
  public interface Writer {
    void write(JsonGenerator json) throws IOException;
  }

  public static byte[] bytes(Writer writer) {
    var bytes = new ByteArrayOutputStream(512);
    try (var json = generator(bytes)) {
      writer.write(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  /**
   * A generator in the spacing of upstream, which shows in values that are JSON inside of a string.
   */
  public static JsonGenerator generator(java.io.OutputStream target) throws IOException {
    return MAPPER.getFactory().createGenerator(target).setPrettyPrinter(new Spaced());
  }

  /** Whole seconds of UTC, as {@code 2026-11-22T17:22:50Z}; null for null. */
  public static String time(Instant time) {
    return time == null ? null : TIME.format(time);
  }

  private static final class Spaced extends MinimalPrettyPrinter {
    private static final long serialVersionUID = 1;

    @Override
    public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
      json.writeRaw(": ");
    }

    @Override
    public void writeObjectEntrySeparator(JsonGenerator json) throws IOException {
      json.writeRaw(", ");
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
      json.writeRaw(", ");
    }
  }
}
