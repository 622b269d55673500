// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestJobPattern {
  private static final Instant NOW = Instant.parse("2026-11-22T17:29:47.5Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          * * * * *           | 2026-11-22T17:30:00Z
          */5 * * * *         | 2026-11-22T17:30:00Z
          */5 * * * * 30      | 2026-11-22T17:30:30Z
          * * * * * */2       | 2026-11-22T17:29:48Z
          '  *   *  * * *  '  | 2026-11-22T17:30:00Z
          5,35,40-42 * * * *  | 2026-11-22T17:35:00Z
          0 9-17/4 * * *      | 2026-11-23T09:00:00Z
          */99 * * * *        | 2026-11-22T18:00:00Z
          0 5-7/99 * * *      | 2026-11-23T05:00:00Z
          */05 * * * *        | 2026-11-22T17:30:00Z
          0 0 1 JAN *         | 2027-01-01T00:00:00Z
          0 0 1 feb-apr *     | 2027-02-01T00:00:00Z
          0 0 * * 0           | 2026-11-29T00:00:00Z
          0 0 * * 7           | 2026-11-29T00:00:00Z
          0 0 * * SUN-MON     | 2026-11-23T00:00:00Z
          0 0 * * sat-sun     | 2026-11-28T00:00:00Z
          0 0 * * mon-fri     | 2026-11-23T00:00:00Z
          0 0 L * *           | 2026-11-30T00:00:00Z
          0 0 15,l * *        | 2026-11-30T00:00:00Z
          0 0 * * fri#2       | 2026-12-11T00:00:00Z
          0 0 * * 5#3,L5      | 2026-11-27T00:00:00Z
          0 0 29 2 *          | 2028-02-29T00:00:00Z
          @hourly             | 2026-11-22T18:00:00Z
          @daily              | 2026-11-23T00:00:00Z
          @midnight           | 2026-11-23T00:00:00Z
          @weekly             | 2026-11-29T00:00:00Z
          @monthly            | 2026-12-01T00:00:00Z
          @Yearly             | 2027-01-01T00:00:00Z
          @annually           | 2027-01-01T00:00:00Z
          """)
  void aPatternMatchesNext(String pattern, Instant expected) {
    assertThat(CronPattern.parse(pattern).next(NOW)).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * 0 *",
        "* * * * 8",
        "* * * * * 60",
        "*/0 * * * *",
        "5-1 * * * *",
        "5-1/99 * * * *",
        "* * * * 5-1",
        "JAN * * * *",
        "* * * MON *",
        "* * * * JAN",
        "* * ? * *",
        "* * * * ?",
        "H * * * *",
        "* * 15W * *",
        "* * LW * *",
        "* * L-3 * *",
        "* * * * 5L",
        "* * * * L",
        "* * * * 5#6",
        "* * * * 5#0",
        "@reboot",
        "1, * * * *",
        ",1 * * * *",
        "/5 * * * *",
        "-1 * * * *",
        "+1 * * * *",
        "1- * * * *",
        "1.5 * * * *",
        "0x1 * * * *",
        "\u0663 * * * *",
        "99999999999 * * * *",
        "every minute",
        "* * * * *\u0000",
      })
  void whatIsNoPatternIsRefused(String text) {
    assertThatThrownBy(() -> CronPattern.parse(text))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"* * 31 2 *", "0 0 31 4,6,9,11 *", "0 0 30 feb * 5"})
  void somePatternsNeverMatch(String pattern) {
    assertThat(CronPattern.parse(pattern).next(NOW)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0 0 13 * 5, true",
    "0 0 */2 * 5, true",
    "0 0 13 * 0-6, false",
    "0 0 13 * 1-7, false",
    "0 0 13 * */1, false",
    "0 0 13 * *, false",
  })
  void daysOfMonthAndOfWeekAreAlternativesWhenBothAreRestricted(String pattern, boolean any) {
    // A Friday that is neither the 13th nor odd.
    var friday = Instant.parse("2026-11-20T00:00:00Z");

    var next = CronPattern.parse(pattern).next(friday.minusSeconds(1));

    assertThat(next.orElseThrow().equals(friday)).isEqualTo(any);
  }

  @Test
  void aMatchIsStrictlyLater() {
    var match = Instant.parse("2026-11-22T17:30:00Z");

    assertThat(CronPattern.parse("30 17 * * *").next(match))
        .contains(Instant.parse("2026-11-23T17:30:00Z"));
  }

  static List<String> croniter() throws IOException {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                TestJobPattern.class.getResourceAsStream("croniter.txt"), UTF_8))) {
      return lines.lines().filter(line -> !line.startsWith("#")).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("croniter")
  void timesAreThoseOfCroniter(String line) {
    var fields = List.of(line.split("\\|"));
    var expected = fields.subList(2, fields.size());

    assertThat(times(fields.get(0), Instant.parse(fields.get(1)), expected.size()))
        .isEqualTo(expected);
  }

  private static List<String> times(String text, Instant after, int wanted) {
    var times = new ArrayList<String>();
    CronPattern pattern;
    try {
      pattern = CronPattern.parse(text);
    } catch (QinlingException refused) {
      return List.of("bad");
    }
    var last = after;
    for (int i = 0; i < wanted; i++) {
      var next = pattern.next(last);
      if (next.isEmpty()) {
        return List.of("none");
      }
      last = next.get();
      times.add(last.toString());
    }
    return times;
  }
}
