// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestPolicyFiles {
  @TempDir Path root;
  private Path first;
  private Path second;

  @BeforeEach
  void folders() throws IOException {
    first = Files.createDirectory(root.resolve("first"));
    second = Files.createDirectory(root.resolve("second"));
  }

  @Test
  void searchesTheFoldersOfLaterConfigurationFilesFirst() {
    var files = List.of(Path.of("/a/x.conf"), Path.of("/a/y.conf"), Path.of("/b/z.conf"));

    assertThat(PolicySettings.searchedFor(files))
        .containsExactly(Path.of("/b"), Path.of("/a"), Path.of("/etc/qinling"));
    assertThat(PolicySettings.searchedFor(List.of())).containsExactly(Path.of("/etc/qinling"));
  }

  @Test
  void withoutFilesThereIsNothingToRead() {
    assertThat(files().required()).isEmpty();
    assertThat(files().findings()).isEmpty();
  }

  @Test
  void takesTheUsualNamesFromTheFirstFolderThatHasOne() {
    var json = write(second.resolve("policy.json"));
    assertThat(files().required()).containsExactly(json);

    var yaml = write(second.resolve("policy.yaml"));
    assertThat(files().required()).containsExactly(yaml);
    assertThat(files().findings())
        .containsExactly(
            new PolicyFinding(
                false, json + " is not read, since policy.yaml lies beside it; remove one"));

    var nearer = write(first.resolve("policy.json"));
    assertThat(files().required()).containsExactly(nearer);
    assertThat(files().findings()).isEmpty();
  }

  @Test
  void looksUpAFileThatIsNamed() {
    write(first.resolve("policy.yaml"));
    var mine = write(second.resolve("mine.yaml"));

    assertThat(files("mine.yaml").required()).containsExactly(mine);
    assertThat(files(mine.toString()).required()).containsExactly(mine);
  }

  @Test
  void aFileThatIsNamedMustBeThere() {
    write(first.resolve("policy.yaml"));

    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> files("policy.json").required())
        .withMessage(
            "[oslo_policy] policy_file = policy.json: no such file in ["
                + first
                + ", "
                + second
                + "]");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> files("/no/such/policy.yaml").required());
    assertThat(files("policy.json").present()).isEmpty();
  }

  @Test
  void readsTheFilesOfFoldersBehindTheMainOneSorted() throws IOException {
    var main = write(first.resolve("policy.yaml"));
    var folder = Files.createDirectory(second.resolve("policy.d"));
    var b = write(folder.resolve("b.json"));
    var a = write(folder.resolve("a"));
    write(folder.resolve(".hidden.yaml"));
    write(folder.resolve("a~"));
    Files.createDirectory(folder.resolve("deeper"));

    assertThat(files().required()).containsExactly(main, a, b);
  }

  @Test
  void readsTheFoldersThatAreNamedInTheirOrder() throws IOException {
    var z = write(Files.createDirectory(first.resolve("z.d")).resolve("z.yaml"));
    var a = write(Files.createDirectory(second.resolve("a.d")).resolve("a.yaml"));
    write(Files.createDirectory(second.resolve("policy.d")).resolve("b.yaml"));
    var folders = List.of(first.resolve("z.d").toString(), "missing.d", "a.d");

    var files = new PolicyFiles(settings(Optional.empty(), Optional.of(folders)));

    assertThat(files.required()).containsExactly(z, a);
    assertThat(files.findings())
        .extracting(PolicyFinding::message)
        .containsExactly(
            "[oslo_policy] policy_dirs: missing.d is no folder in [" + first + ", " + second + "]");
  }

  private PolicyFiles files() {
    return new PolicyFiles(settings(Optional.empty(), Optional.empty()));
  }

  private PolicyFiles files(String name) {
    return new PolicyFiles(settings(Optional.of(name), Optional.empty()));
  }

  private PolicySettings settings(Optional<String> file, Optional<List<String>> folders) {
    return new PolicySettings(file, folders, "default", List.of(first, second));
  }

  private static Path write(Path file) {
    try {
      return Files.writeString(file, "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
