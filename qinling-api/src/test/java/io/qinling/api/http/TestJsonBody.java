// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestJsonBody {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1|1", "\"1\"|1", "true|1", "false|0", "1.9|1", "-1.9|-1", "\" 7 \"|7", "\"-3\"|-3"})
  void integersAreCoerced(String json, int expected) {
    assertThat(body(json).integer("x")).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"a\"", "\"\"", "\"1.5\"", "[]", "{}", "99999999999", "1e400"})
  void whatIsNoIntegerIsRefused(String json) {
    assertInvalid(() -> body(json).integer("x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true|true",
        "0|false",
        "2|true",
        "-1|true",
        "\"t\"|true",
        "\"yes\"|true",
        "\"y\"|true",
        "\"on\"|true",
        "\"1\"|true",
        "\"f\"|false",
        "\"no\"|false",
        "\"n\"|false",
        "\"off\"|false",
        "\"0\"|false",
        "\"true\"|true",
        "\"false\"|false"
      })
  void booleansAreCoerced(String json, boolean expected) {
    assertThat(body(json).bool("x")).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"True\"", "\"\"", "1.0", "[]", "{}"})
  void whatIsNoBooleanIsRefused(String json) {
    assertInvalid(() -> body(json).bool("x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "[]", "{}"})
  void whatIsNoTextIsRefused(String json) {
    assertInvalid(() -> body(json).text("x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"0a000000-0000-4000-8000-000000000001\"",
        "\"0A000000000040008000000000000001\"",
        "\"{0a000000-0000-4000-8000-000000000001}\"",
        "\"urn:uuid:0a000000-0000-4000-8000-000000000001\""
      })
  void everyFormOfAUuidIsTakenAsItIs(String json) {
    assertThat(body(json).uuid("x").map(text -> '"' + text + '"')).contains(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\"", "\"x\"", "\"0a000000-0000-4000-8000-00000000000\"", "5"})
  void whatIsNoUuidIsRefused(String json) {
    assertInvalid(() -> body(json).uuid("x"));
  }

  @Test
  void nullIsAsGoodAsAbsent() {
    var body = body("null");

    assertThat(body.text("x")).isEmpty();
    assertThat(body.integer("x")).isEmpty();
    assertThat(body.bool("x")).isEmpty();
    assertThat(body.uuid("x")).isEmpty();
    assertThat(body.has("x")).isTrue();
    assertThat(body.has("other")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[1]", "5", "\"x\"", "{", "{} {}", "{\"x\": NaN}", ""})
  void whatIsNoJsonObjectIsRefused(String body) {
    assertInvalid(() -> parse("application/json", body));
  }

  @Test
  void unknownAndReadOnlyKeysAreRefusedEvenWhenNull() {
    assertThatThrownBy(() -> parse("application/json", "{\"a\": null, \"b\": 1}"))
        .hasMessage("Unknown attribute(s): a, b");
    assertThatThrownBy(() -> parse("application/json", "{\"status\": null}"))
        .hasMessage("Cannot set read only field status");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json; charset=utf-8", "text/javascript", "Application/JSON"})
  void typesOfJsonAreAccepted(String type) {
    assertThat(parse(type, "{}").has("x")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/xml", ""})
  void otherTypesAreNot(String type) {
    assertThatThrownBy(() -> parse(type, "{}"))
        .satisfies(failure ->
            assertThat(((QinlingException) failure).code())
                .isEqualTo(ErrorCode.UNSUPPORTED_MEDIA_TYPE));
  }

  @Test
  void textsThatNoColumnHoldsAreRefused() {
    assertThat(body("\"" + "é".repeat(255) + "\"").text("x", 255)).isPresent();
    assertInvalid(() -> body("\"" + "a".repeat(256) + "\"").text("x", 255));
    assertInvalid(() -> body("\"a\\u0000\"").text("x", 255));
  }

  @Test
  void halvesOfCharactersAreRefused() {
    assertThat(body("\"\\ud83d\\ude00\"").text("x")).contains("\ud83d\ude00");
    for (var half :
        new String[] {"\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00"}) {
      assertInvalid(() -> body("\"a" + half + "\"").text("x"));
    }
  }

  private static JsonBody body(String value) {
    return parse("application/json", "{\"x\": " + value + "}");
  }

  private static JsonBody parse(String type, String body) {
    return JsonBody.parse(type, body.getBytes(UTF_8), Set.of("x"), Set.of("status"));
  }

  private static void assertInvalid(org.assertj.core.api.ThrowableAssert.ThrowingCallable action) {
    assertThatThrownBy(action)
        .satisfies(failure ->
            assertThat(((QinlingException) failure).code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }
}
