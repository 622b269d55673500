// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestErrorMappers {
  @Test
  void whoIsRefusedIsToldWhenToComeAgain() {
    var estimated =
        new QinlingException(
            ErrorCode.OVERLOADED, "busy", null, Optional.of(Duration.ofSeconds(7)));

    var answer = new ErrorMappers().expected(estimated);

    assertThat(answer.getStatus()).isEqualTo(429);
    assertThat(answer.getHeaderString("Retry-After")).isEqualTo("7");
  }

  @Test
  void withoutAnEstimateThereIsAShortOne() {
    var answer = new ErrorMappers().expected(new QinlingException(ErrorCode.OVERLOADED, "busy"));

    assertThat(answer.getHeaderString("Retry-After")).isEqualTo("1");
  }
}
