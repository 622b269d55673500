// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestAnswers {
  /** An unchecked failure would be logged as an error of ours. */
  @Test
  void aClientThatLeavesWhileAListIsWrittenIsNoFailureOfOurs() {
    var numbers = IntStream.range(0, 100_000);
    var list =
        (StreamingOutput)
            Answers.<Integer>list(
                    "numbers",
                    sink -> numbers.boxed().forEach(sink),
                    (number, json) -> json.writeNumber(number))
                .getEntity();

    assertThatThrownBy(() -> list.write(gone())).isExactlyInstanceOf(IOException.class);
  }

  private static OutputStream gone() {
    return new OutputStream() {
      @Override
      public void write(int octet) throws IOException {
        throw new IOException("Failed to write");
      }
    };
  }
}
