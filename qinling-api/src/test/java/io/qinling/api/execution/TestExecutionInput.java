// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestExecutionInput {
  private static final int MAX = 100;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        "6|{\"__function_input\":\"6\"}",
        "Qinling|{\"__function_input\":\"Qinling\"}",
        "1.5|{\"__function_input\":\"1.5\"}",
        "true|{\"__function_input\":\"true\"}",
        "[1,2]|{\"__function_input\":\"[1,2]\"}",
        "\"x\"|{\"__function_input\":\"\\\"x\\\"\"}",
        "{\"a\":1} x|{\"__function_input\":\"{\\\"a\\\":1} x\"}",
      })
  void whatIsNoObjectIsThePositionalArgumentAndIsEchoedAsSent(String text, String stored) {
    assertThat(ExecutionInput.normalise(text, MAX)).isEqualTo(stored);
    assertThat(ExecutionInput.echo(stored)).isEqualTo(text);
  }

  @Test
  void anEmptyTextIsAnEmptyPositionalArgument() {
    assertThat(ExecutionInput.normalise("", MAX)).isEqualTo("{\"__function_input\":\"\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":1}", "{ \"a\" : {\"b\": null} }", "{}"})
  void anObjectIsKeptAndEchoedAsSent(String text) {
    assertThat(ExecutionInput.normalise(text, MAX)).isEqualTo(text);
    assertThat(ExecutionInput.echo(text)).isEqualTo(text);
  }

  @Test
  void anObjectWithThePositionalKeyIsEchoedAsItsValue() {
    assertThat(ExecutionInput.echo("{\"__function_input\": \"v\", \"a\": 1}")).isEqualTo("v");
    assertThat(ExecutionInput.echo("{\"__function_input\": \"\"}")).isEmpty();
    assertThat(ExecutionInput.echo("{\"__function_input\": \"\", \"a\": 1}"))
        .isEqualTo("{\"__function_input\": \"\", \"a\": 1}");
    assertThat(ExecutionInput.echo("{\"a\": \"__function_input\"}"))
        .isEqualTo("{\"a\": \"__function_input\"}");
  }

  @Test
  void nullIsNull() {
    assertThat(ExecutionInput.normalise(null, MAX)).isNull();
    assertThat(ExecutionInput.normalise("null", MAX)).isNull();
    assertThat(ExecutionInput.echo(null)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"a, 100, true", "a, 101, false", "é, 50, true", "é, 51, false"})
  void theLimitCountsBytes(String character, int count, boolean accepted) {
    var text = character.repeat(count);
    if (accepted) {
      assertThat(ExecutionInput.normalise(text, MAX)).contains(text);
    } else {
      assertThatThrownBy(() -> ExecutionInput.normalise(text, MAX))
          .satisfies(failure -> isCode(failure, ErrorCode.TOO_LARGE));
    }
  }

  @Test
  void whatNestsTooDeepIsRefused() {
    var text = "[".repeat(2000) + "]".repeat(2000);

    assertThatThrownBy(() -> ExecutionInput.normalise(text, 10_000))
        .satisfies(failure -> isCode(failure, ErrorCode.INVALID_INPUT));
  }

  private static void isCode(Throwable failure, ErrorCode code) {
    assertThat(((QinlingException) failure).code()).isEqualTo(code);
  }
}
