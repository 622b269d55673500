// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value here was compared with what oslo.config 9.0 makes of the same text. */
class TestConfParser {
  private static final Path FILE = Path.of("qinling.conf");

  static Stream<Arguments> values() {
    return Stream.of(
        arguments("k = v", "v"),
        arguments("k: v", "v"),
        arguments("k=v", "v"),
        arguments("k = a: b", "a: b"),
        arguments("k: a = b", "a = b"),
        arguments("k =", ""),
        arguments("k = v  \t", "v"),
        arguments("k =\u00a0v\u00a0", "v"),
        arguments("k = v # no comment", "v # no comment"),
        arguments("k = v ; no comment", "v ; no comment"),
        arguments("k = \"v \"", "v "),
        arguments("k = ' v'", " v"),
        arguments("k = \"", ""),
        arguments("k = \"\"", ""),
        arguments("k = \"v'", "\"v'"),
        arguments("k = \"a\" b", "\"a\" b"),
        arguments("k = a\n  b\n\tc", "a\nb\nc"),
        arguments("k =\n  a\n  b", "\na\nb"),
        arguments("k = \"a\n  b\"", "\"a\nb\""),
        arguments("k = a\n  # continues", "a\n# continues"),
        arguments("k = a\n  [continues]", "a\n[continues]"),
        arguments("k = a\n\nj = b", "a"),
        arguments("k = a\n   \nj = b", "a"),
        arguments("# c\n; c\nk = v\n# c", "v"),
        arguments("k = a\r\n  b\r\n", "a\nb"),
        arguments("k = ünïcode", "ünïcode"));
  }

  @ParameterizedTest
  @MethodSource("values")
  void readsAValueAsOsloConfigDoes(String text, String expected) {
    // When
    List<Setting> settings = ConfParser.parse(FILE, "[s]\n" + text);
    // Then
    assertThat(settings.getFirst().key()).isEqualTo("k");
    assertThat(settings.getFirst().value()).isEqualTo(expected);
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        arguments("k = v", 1, "'k' stands before any [section]"),
        arguments("# c\n\nk = v\n[s]", 3, "'k' stands before any [section]"),
        arguments("[s]\nno sign", 2, "expected 'key = value' or 'key: value'"),
        arguments("[s]\n= v", 2, "there is no key before the ="),
        arguments("[s]\n: v", 2, "there is no key before the :"),
        arguments("[s", 1, "a section must end with ], with nothing behind it"),
        arguments("[s] # c", 1, "a section must end with ], with nothing behind it"),
        arguments("[]", 1, "the section has no name"),
        arguments("[s]\n  v", 2, "no value above it to continue"),
        arguments("[s]\nk = v\n\n  w", 4, "no value above it to continue"),
        arguments("[s]\nk = v\n# c\n  w", 4, "no value above it to continue"),
        arguments("  [s]", 1, "no value above it to continue"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorNamesFileAndLine(String text, int line, String message) {
    // When, Then
    assertThatThrownBy(() -> ConfParser.parse(FILE, text))
        .isInstanceOf(ConfException.class)
        .hasMessageStartingWith("qinling.conf:" + line + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void anErrorDoesNotShowTheLine() {
    // When, Then
    assertThatThrownBy(() -> ConfParser.parse(FILE, "[s]\npassword hunter2"))
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aSettingKnowsWhereItStands() {
    // When
    List<Setting> settings = ConfParser.parse(FILE, "\uFEFF[DEFAULT]\na = 1\n  2\n[cors.x]\nb = 3");
    // Then
    assertThat(settings)
        .containsExactly(
            new Setting(FILE, 2, "DEFAULT", "a", "1\n2"), new Setting(FILE, 5, "cors.x", "b", "3"));
  }

  @Test
  void aSectionMayBeOpenedAgainAndAKeyRepeated() {
    // When
    List<Setting> settings = ConfParser.parse(FILE, "[s]\na = 1\n[t]\nb = 2\n[s]\na = 3");
    // Then
    assertThat(settings).extracting(Setting::value).containsExactly("1", "2", "3");
  }

  @Test
  void sectionsIgnoreCaseAndKeysTakeDashesForUnderscores() {
    // When
    List<Setting> settings = ConfParser.parse(FILE, "[Engine]\nfunction-concurrency = 1");
    // Then
    assertThat(settings.getFirst().property()).isEqualTo("qinling.engine.function_concurrency");
  }

  @Test
  void theTextFormOfASettingHidesItsValue() {
    // When
    String text = ConfParser.parse(FILE, "[engine]\nsecret = hunter2").getFirst().toString();
    // Then
    assertThat(text).isEqualTo("qinling.conf:2: [engine] secret");
  }
}
