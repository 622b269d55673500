// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestConfArguments {
  @TempDir Path root;
  private Path defaults;
  private Path one;
  private Path two;

  @BeforeEach
  void files() throws IOException {
    defaults = Files.writeString(root.resolve("qinling.conf"), "[engine]\nhost = default\n");
    one = Files.writeString(root.resolve("one.conf"), "[engine]\nhost = one\n");
    two = Files.writeString(root.resolve("two.conf"), "[engine]\nhost = two\n");
  }

  @AfterEach
  void forget() {
    System.clearProperty(ConfArguments.FILES_PROPERTY);
    System.clearProperty(ConfArguments.PROGRAM_PROPERTY);
  }

  @Test
  void withoutArgumentsTheDefaultsAreRead() {
    // When
    ConfArguments found = parse(Map.of());
    // Then
    assertThat(found.files()).containsExactly(defaults);
  }

  @Test
  void bothFormsAreConsumedInOrderAndTheRestIsLeft() {
    // When
    ConfArguments found =
        parse(
            Map.of(),
            "-v",
            "--config-file",
            two.toString(),
            "upgrade",
            "--config-file=" + one,
            "head");
    // Then
    assertThat(found.files()).containsExactly(two, one);
    assertThat(found.rest()).containsExactly("-v", "upgrade", "head");
  }

  @Test
  void aFolderIsReadAfterTheDefaults() throws IOException {
    // Given
    Path folder = Files.createDirectory(root.resolve("d"));
    Path a = Files.writeString(folder.resolve("a.conf"), "");
    Path b = Files.writeString(folder.resolve("b.conf"), "");
    // When
    ConfArguments found = parse(Map.of(), "--config-dir", folder.toString());
    // Then
    assertThat(found.files()).containsExactly(defaults, a, b);
  }

  @Test
  void filesAndFoldersKeepTheirOrder() throws IOException {
    // Given
    Path folder = Files.createDirectory(root.resolve("d"));
    Path a = Files.writeString(folder.resolve("a.conf"), "");
    // When
    ConfArguments found =
        parse(Map.of(), "--config-file=" + one, "--config-dir=" + folder, "--config-file=" + two);
    // Then
    assertThat(found.files()).containsExactly(one, a, two);
  }

  @Test
  void theVariableTakesThePlaceOfTheDefaults() {
    // When
    ConfArguments found = parse(Map.of(ConfArguments.FILES_VARIABLE, one + ":" + two));
    // Then
    assertThat(found.files()).containsExactly(one, two);
  }

  @Test
  void anArgumentBeatsTheVariable() {
    // When
    ConfArguments found =
        parse(Map.of(ConfArguments.FILES_VARIABLE, one.toString()), "--config-file=" + two);
    // Then
    assertThat(found.files()).containsExactly(two);
  }

  @Test
  void nothingIsConsumedBehindTwoDashes() {
    // When
    ConfArguments found = parse(Map.of(), "--", "--config-file", "x");
    // Then
    assertThat(found.rest()).containsExactly("--", "--config-file", "x");
    assertThat(found.files()).containsExactly(defaults);
  }

  @Test
  void similarArgumentsAreLeft() {
    // When
    ConfArguments found = parse(Map.of(), "--config-files", "-DFOREGROUND");
    // Then
    assertThat(found.rest()).containsExactly("--config-files", "-DFOREGROUND");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--config-file", "--config-file=", "--config-dir", "--config-dir="})
  void anArgumentWithoutAPathIsAnError(String argument) {
    // When, Then
    assertThatThrownBy(() -> parse(Map.of(), argument))
        .isInstanceOf(ConfException.class)
        .hasMessageEndingWith("needs a path");
  }

  @Test
  void whatWasFoundReachesTheConfigSource() {
    // When
    String[] rest = ConfArguments.apply("qinling-engine", "a", "--config-file", one.toString());
    // Then
    assertThat(rest).containsExactly("a");
    assertThat(System.getProperty(ConfArguments.PROGRAM_PROPERTY)).isEqualTo("qinling-engine");
    assertThat(new QinlingConfSource().getValue("qinling.engine.host")).isEqualTo("one");
  }

  @Test
  void aMissingFileIsReportedAtOnceAndNothingIsPublished() {
    // Given
    String missing = root.resolve("missing.conf").toString();
    // When, Then
    assertThatThrownBy(() -> ConfArguments.apply("qinling-api", "--config-file", missing))
        .isInstanceOf(ConfException.class)
        .hasMessage(missing + ": no such configuration file");
    assertThat(System.getProperty(ConfArguments.FILES_PROPERTY)).isNull();
  }

  @Test
  void aBadReferenceIsReportedAtOnce() throws IOException {
    // Given
    Path file = Files.writeString(root.resolve("bad.conf"), "[engine]\nsecret = pa$word\n");
    // When, Then
    assertThatThrownBy(() -> ConfArguments.apply("qinling-api", "--config-file=" + file))
        .isInstanceOf(ConfException.class)
        .hasMessageContaining(":2: [engine] secret refers with $");
  }

  @Test
  void aNameThatCannotBePublishedIsAnError() throws IOException {
    // Given
    Path file = Files.writeString(root.resolve("a:b.conf"), "");
    // When, Then
    assertThatThrownBy(() -> ConfArguments.apply("qinling-api", "--config-file=" + file))
        .isInstanceOf(ConfException.class)
        .hasMessageContaining("must not contain ':'");
  }

  private ConfArguments parse(Map<String, String> environment, String... args) {
    ConfFolders folders = new ConfFolders(root, root.resolve("etc"));
    return ConfArguments.parse("qinling-engine", List.of(args), environment, folders);
  }
}
