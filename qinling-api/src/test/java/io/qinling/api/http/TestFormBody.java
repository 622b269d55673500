// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestFormBody {
  @Test
  void fieldsAreDecodedAndKeepTheirOrder() {
    assertThat(parse("code=%7B%22a%22%3A+1%7D&name=%C3%A9&x=a=b"))
        .containsExactly(
            entry("code", List.of("{\"a\": 1}")),
            entry("name", List.of("é")),
            entry("x", List.of("a=b")));
  }

  @Test
  void aRepeatedFieldHasAllItsValues() {
    assertThat(parse("a=1&b=2&a=3")).containsEntry("a", List.of("1", "3"));
  }

  @Test
  void emptyAndMissingValuesAreEmpty() {
    assertThat(parse("a=&b&=c"))
        .containsExactly(entry("a", List.of("")), entry("b", List.of("")), entry("", List.of("c")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&", "&&"})
  void aFormMayBeEmpty(String form) {
    assertThat(parse(form)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%z", "a=%2name", "%=a", "a=1&b=%-1"})
  void whatIsNotEncodedAsItShouldBeIsRefused(String form) {
    assertThatThrownBy(() -> parse(form))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }

  private static Map<String, List<String>> parse(String form) {
    return FormBody.parse(form.getBytes(UTF_8));
  }
}
