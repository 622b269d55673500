// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestQinlingConf {
  private static final String VALUES =
      """
      [DEFAULT]
      a = A
      b = B
      empty =
      [s]
      b = sB
      [t]
      c = $b-${s.b}
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "$a | A",
        "${a}b | Ab",
        "x$a/$b | xA/sB",
        "$t.c | B-sB",
        "${t.c}. | B-sB.",
        "$DEFAULT.b | B",
        "<$empty> | <>",
        "$$a | $a",
        "\\$a | $a",
        "$$$a | $A",
        "$${a} | ${a}",
        "$ | $",
        "a$ | a$",
        "$1 | $1",
        "${1} | ${1}",
        "${a | ${a",
        "a\\b | a\\b",
      })
  void replacesReferencesAsOsloConfigDoes(String value, String expected) throws IOException {
    // Given
    QinlingConf conf = conf(VALUES + "[s]\nvalue = " + value);
    // When
    String expanded = conf.expanded(conf.last("qinling.s.value").orElseThrow());
    // Then
    assertThat(expanded).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"$nothing", "pa$word", "$s.nothing", "${no.thing}", "$a."})
  void aReferenceToWhatNoFileSetsIsAnErrorThatShowsNoPartOfTheValue(String value)
      throws IOException {
    // Given
    QinlingConf conf = conf(VALUES + "[s]\nvalue = " + value);
    Setting setting = conf.last("qinling.s.value").orElseThrow();
    // When, Then
    assertThatThrownBy(() -> conf.expanded(setting))
        .isInstanceOf(ConfException.class)
        .hasMessage(
            folder.resolve("0.conf")
                + ":10: [s] value refers with $ to an option that no file sets; write $$ for a"
                + " dollar sign");
  }

  @Test
  void aCycleIsAnError() throws IOException {
    // Given
    QinlingConf conf = conf("[DEFAULT]\na = $b\nb = $s.c\n[s]\nc = $a");
    Setting setting = conf.last("qinling.default.a").orElseThrow();
    // When, Then
    assertThatThrownBy(() -> conf.expanded(setting))
        .isInstanceOf(ConfException.class)
        .hasMessageEndingWith(
            "refers to itself: [DEFAULT] a -> [DEFAULT] b -> [s] c -> [DEFAULT] a");
  }

  @Test
  void usingAValueTwiceIsNoCycle() throws IOException {
    // Given
    QinlingConf conf = conf("[DEFAULT]\na = 1\nb = $a$a\nc = $b$a$b");
    // When
    String expanded = conf.expanded(conf.last("qinling.default.c").orElseThrow());
    // Then
    assertThat(expanded).isEqualTo("11111");
  }

  @Test
  void aLaterFileWinsAndSeesEarlierValues() throws IOException {
    // Given
    QinlingConf conf = conf("[s]\na = 1\nb = $a", "[s]\na = 2");
    // When
    String expanded = conf.expanded(conf.last("qinling.s.b").orElseThrow());
    // Then
    assertThat(expanded).isEqualTo("2");
    assertThat(conf.all("qinling.s.a")).extracting(Setting::value).containsExactly("1", "2");
  }

  @Test
  void aMissingFileIsAnError() {
    // Given
    Path file = folder.resolve("missing.conf");
    // When, Then
    assertThatThrownBy(() -> QinlingConf.read(List.of(file)))
        .isInstanceOf(ConfException.class)
        .hasMessage(file + ": no such configuration file");
  }

  @Test
  void aFolderInPlaceOfAFileIsAnError() {
    // When, Then
    assertThatThrownBy(() -> QinlingConf.read(List.of(folder)))
        .isInstanceOf(ConfException.class)
        .hasMessageStartingWith(folder + ": cannot be read");
  }

  @Test
  void aFileThatIsNotUtf8IsAnError() throws IOException {
    // Given
    Path file = Files.write(folder.resolve("latin1.conf"), new byte[] {'#', (byte) 0xe9, '\n'});
    // When, Then
    assertThatThrownBy(() -> QinlingConf.read(List.of(file)))
        .isInstanceOf(ConfException.class)
        .hasMessage(file + ": not UTF-8 text");
  }

  private QinlingConf conf(String... texts) throws IOException {
    return ConfFixtures.conf(folder, texts);
  }
}
