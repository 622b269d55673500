// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestReplyParser {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "-12.50e3",
        "7",
        "\"text with \\\" and \\u00e9\"",
        "\"é€😀\"",
        "[1, {\"a\": [ ]}]",
        "{\"a\": {\"output\": 1}, \"b\": \"}\"}"
      })
  void theOutputIsTakenAsTheWorkerWroteIt(String output) {
    var body =
        "{\"output\": " + output + ", \"duration\": 1.299, \"logs\": \"l\\n\", \"success\": true}";

    var result = ReplyParser.result(body.getBytes(UTF_8));

    assertThat(result).isEqualTo(new WorkerResult(true, output, 1.299, "l\n"));
  }

  @Test
  void theOutputMayComeLastAndUnknownFieldsMeanNothing() {
    var result =
        ReplyParser.result(
            "{\"new\": {\"x\": []}, \"success\": false, \"duration\": 2, \"logs\": \"\", \"output\": 5}"
                .getBytes(UTF_8));

    assertThat(result).isEqualTo(new WorkerResult(false, "5", 2, ""));
  }

  @Test
  void aLoadFailureHasItsReasonAndLog() {
    var failure =
        ReplyParser.loadFailure(
            "{\"output\": \"No module named 'x'\", \"logs\": \"trace\"}".getBytes(UTF_8));

    assertThat(failure).hasMessage("No module named 'x'");
    assertThat(failure.log()).isEqualTo("trace");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "<html>", "{\"output\": "})
  void whatIsNoAnswerOfAWorkerCountsAsALostWorker(String body) {
    assertThatThrownBy(() -> ReplyParser.result(body.getBytes(UTF_8)))
        .isInstanceOf(WorkerLostException.class);
  }
}
