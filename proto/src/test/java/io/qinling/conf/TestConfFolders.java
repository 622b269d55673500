// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestConfFolders {
  @TempDir Path root;
  private ConfFolders folders;

  @BeforeEach
  void folders() {
    folders = new ConfFolders(root.resolve("home"), root.resolve("etc"));
  }

  @Test
  void withoutFilesThereIsNothingToRead() {
    // When
    List<Path> files = folders.defaults("qinling-api");
    // Then
    assertThat(files).isEmpty();
  }

  @Test
  void eachNameIsTakenFromTheFirstFolderThatHasIt() throws IOException {
    // Given
    file("etc/qinling.conf");
    Path common = file("etc/qinling/qinling.conf");
    Path own = file("home/.qinling/qinling-api.conf");
    file("home/qinling-api.conf");
    file("etc/qinling/qinling-engine.conf");
    // When
    List<Path> files = folders.defaults("qinling-api");
    // Then
    assertThat(files).containsExactly(common, own);
  }

  @Test
  void theHomeFolderComesBeforeEtc() throws IOException {
    // Given
    file("etc/qinling/qinling.conf");
    Path home = file("home/qinling.conf");
    // When
    List<Path> files = folders.defaults("qinling-api");
    // Then
    assertThat(files).containsExactly(home);
  }

  @Test
  void foldersOfDefaultsComeAfterTheFiles() throws IOException {
    // Given
    Path second = file("etc/qinling/qinling.conf.d/b.conf");
    Path first = file("etc/qinling/qinling.conf.d/a.conf");
    Path own = file("etc/qinling-api.conf.d/c.conf");
    Path common = file("etc/qinling/qinling.conf");
    // When
    List<Path> files = folders.defaults("qinling-api");
    // Then
    assertThat(files).containsExactly(common, first, second, own);
  }

  @Test
  void aFolderGivesItsConfFilesSorted() throws IOException {
    // Given
    Path b = file("d/20-b.conf");
    Path a = file("d/10-a.conf");
    file("d/30-c.conf.bak");
    file("d/.hidden.conf");
    file("d/sub/40-d.conf");
    // When
    List<Path> files = ConfFolders.filesOf(root.resolve("d"));
    // Then
    assertThat(files).containsExactly(a, b);
  }

  @Test
  void aMissingFolderIsAnError() {
    // Given
    Path folder = root.resolve("missing");
    // When, Then
    assertThatThrownBy(() -> ConfFolders.filesOf(folder))
        .isInstanceOf(ConfException.class)
        .hasMessage(folder + ": no such configuration folder");
  }

  @Test
  void aTildeIsTheHomeFolder() {
    // When, Then
    assertThat(folders.path("~/x.conf")).isEqualTo(root.resolve("home/x.conf"));
    assertThat(folders.path("~")).isEqualTo(root.resolve("home"));
    assertThat(folders.path("~x")).isEqualTo(Path.of("~x").toAbsolutePath());
  }

  private Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }
}
