// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.TooLongHttpContentException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With answers as upstream's runtimes make them. */
class TestVersion1Replies {
  private static final WorkerLimits LIMITS =
      new WorkerLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), 10, 10);

  private static Reply reply(int status, String body) {
    return new Reply(status, body.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "200, true",
    "500, true",
    "200, false",
    "500, false",
  })
  void theBodySaysHowItEndedAndTheStatusNothing(int status, boolean success) {
    var body =
        "{\"output\": [1], \"duration\": 1.25, \"logs\": \"l\", \"success\": %s}"
            .formatted(success);

    assertThat(Version1Replies.result(reply(status, body), LIMITS))
        .isEqualTo(new WorkerResult(success, "[1]", 1.25, "l"));
  }

  @Test
  void anAnswerThatDoesNotSayHowItEndedIsASuccess() {
    assertThat(Version1Replies.result(reply(200, "{\"output\": 1}"), LIMITS))
        .isEqualTo(new WorkerResult(true, "1", 0, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<!DOCTYPE HTML>", "[]", "{\"output\": NaN}"})
  void anAnswerThatIsNoObjectOfJsonIsAFailure(String body) {
    assertThat(Version1Replies.result(reply(413, body), LIMITS))
        .isEqualTo(
            new WorkerResult(
                false, "\"The runtime answered with status 413 and no result.\"", 0, ""));
  }

  @Test
  void aResultOrLogThatIsTooLongIsKeptToTheLimit() {
    var large = reply(200, "{\"output\": \"123456789\", \"duration\": 2, \"success\": true}");
    var loud = reply(200, "{\"logs\": \"123456789\u20ac\", \"success\": true}");

    assertThat(Version1Replies.result(large, LIMITS))
        .isEqualTo(new WorkerResult(false, "\"Function result is larger than 10 bytes.\"", 2, ""));
    assertThat(Version1Replies.result(loud, LIMITS).log())
        .isEqualTo("123456789\n... log cut at 10 bytes\n");
  }

  @Test
  void onlyAnAnswerThatIsTooLongIsNoLossOfTheWorker() {
    var tooLong = new WorkerLostException("", new TooLongHttpContentException());
    var lost = new WorkerLostException("", new IOException());

    assertThat(Version1Replies.result(tooLong, LIMITS))
        .contains(new WorkerResult(false, "\"Function result is larger than 10 bytes.\"", 0, ""));
    assertThat(Version1Replies.result(lost, LIMITS)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "200; {\"output\": \"No module named 'x'\", \"success\": false}; true",
        "500; {\"output\": \"Function invocation error\", \"success\": false}; true",
        "500; {\"output\": \"Failed to download function package from u, error: e\"}; false",
        "500; <!DOCTYPE HTML>; false",
      })
  void aWorkerThatHasFetchedItsPackageSaysWhetherItIsOfUse(
      int status, String body, boolean isLoaded) {
    assertThat(Version1Replies.isLoaded(reply(status, body))).isEqualTo(isLoaded);
  }
}
