// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestJobTimes {
  private static final Instant NOW = Instant.parse("2026-11-22T17:29:47.5Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2030-01-02                        | 2030-01-02T00:00:00Z
          2030-01-02 03:04:05.678           | 2030-01-02T03:04:05.678Z
          2030-01-02 03:04:05.678901        | 2030-01-02T03:04:05.678901Z
          2030-01-02 03:04:05.678901234     | 2030-01-02T03:04:05.678901Z
          2030-01-02T03:04:05Z              | 2030-01-02T03:04:05Z
          2030-01-02t03:04:05z              | 2030-01-02T03:04:05Z
          2030-01-02T03:04:05,678Z          | 2030-01-02T03:04:05.678Z
          2030-01-02T03:04:05+05:00         | 2030-01-01T22:04:05Z
          2030-01-02T03:04:05.678901+0530   | 2030-01-01T21:34:05.678901Z
          2030-01-02 03:04:05.678901+00:00  | 2030-01-02T03:04:05.678901Z
          2030-01-02 03:04:05 -08           | 2030-01-02T11:04:05Z
          2030-01-02 03:04:05 UTC           | 2030-01-02T03:04:05Z
          '  2030-01-02   03:04 '           | 2030-01-02T03:04:00Z
          2030-1-2 3:04                     | 2030-01-02T03:04:00Z
          2030/01/02 03:04                  | 2030-01-02T03:04:00Z
          2030.01.02                        | 2030-01-02T00:00:00Z
          20300102                          | 2030-01-02T00:00:00Z
          20300102T0304                     | 2030-01-02T03:04:00Z
          20300102T030405Z                  | 2030-01-02T03:04:05Z
          01/02/2030                        | 2030-01-02T00:00:00Z
          1/2/2030 5:30 PM                  | 2030-01-02T17:30:00Z
          10 Jan 2030 5pm                   | 2030-01-10T17:00:00Z
          10-Jan-2030                       | 2030-01-10T00:00:00Z
          Jan 10 2030                       | 2030-01-10T00:00:00Z
          January 10, 2030 17:00            | 2030-01-10T17:00:00Z
          10th January 2030 at 5 pm         | 2030-01-10T17:00:00Z
          Thursday, January 10, 2030        | 2030-01-10T00:00:00Z
          Thu, 10 Jan 2030 17:00:00 GMT     | 2030-01-10T17:00:00Z
          Thu, 10 Jan 2030 17:00:00 +0100   | 2030-01-10T16:00:00Z
          Thu Jan 10 17:00:00 2030          | 2030-01-10T17:00:00Z
          Thu Jan 10 17:00:00 UTC 2030      | 2030-01-10T17:00:00Z
          2030-01-02 12am                   | 2030-01-02T00:00:00Z
          25 Dec                            | 2026-12-25T00:00:00Z
          Dec 25 18:00                      | 2026-12-25T18:00:00Z
          17:45                             | 2026-11-22T17:45:00Z
          5:30am                            | 2026-11-22T05:30:00Z
          """)
  void aTimeIsRead(String text, Instant expected) {
    assertThat(LenientTime.parse(text, NOW)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "junk",
        "tomorrow",
        "2030-01",
        "2030-13-01",
        "2030-02-30",
        "2030-01-02 25:00",
        "2030-01-02 24:00",
        "2030-01-02 03:04:60",
        "2030-01-02 03:04:05 Mars",
        "2030-01-02T03:04:05+99:00",
        "2030-01-0203:04",
        "12345-01-02",
        "+12345-01-02",
        "Fri, 10 Jan 2030",
        "10 Foo 2030",
        "1893553445",
        "+05:00",
        "2030-01-02                                                                 03:04",
      })
  void whatIsNoTimeIsRefused(String text) {
    assertThatThrownBy(() -> LenientTime.parse(text, NOW))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }
}
