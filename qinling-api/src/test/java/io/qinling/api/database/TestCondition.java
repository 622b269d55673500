// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.database;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestCondition {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "running;c = ?;running",
        "eq:running;c = ?;running",
        "neq:running;c <> ?;running",
        "gt:a;c > ?;a",
        "gte:a;c >= ?;a",
        "lt:a;c < ?;a",
        "lte:a;c <= ?;a",
        "has:a|b;c LIKE ? ESCAPE '|';%a||b%",
        "like:x;c = ?;like:x",
      })
  void operatorsArePrefixes(String expression, String sql, String parameter) {
    assertThat(Condition.filter("c", expression))
        .isEqualTo(new Condition(sql, java.util.List.of(parameter)));
  }

  @Test
  void listsAreNotTrimmed() {
    assertThat(Condition.filter("c", "in:a, b"))
        .isEqualTo(new Condition("c IN (?, ?)", java.util.List.of("a", " b")));
    assertThat(Condition.filter("c", "nin:a"))
        .isEqualTo(new Condition("c NOT IN (?)", java.util.List.of("a")));
    assertThat(Condition.filter("c", "in:"))
        .isEqualTo(new Condition("c IN (?)", java.util.List.of("")));
  }

  @Test
  void anEmptyTextIsAValue() {
    assertThat(Condition.filter("c", "")).isEqualTo(Condition.equal("c", ""));
  }

  @Test
  void conditionsAddUp() {
    var both = Condition.equal("a", "1").and(Condition.filter("b", "in:2,3"));

    assertThat(both)
        .isEqualTo(new Condition("a = ? AND b IN (?, ?)", java.util.List.of("1", "2", "3")));
  }
}
