// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.error.QinlingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestRuntimeFolders {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "python3, python3",
    "openstackqinling/python3-runtime:0.0.2, openstackqinling/python3-runtime",
    "docker.io/a/b:1, a/b",
    "localhost:5000/a/b@sha256:0123, a/b",
    "localhost/python:3.11, python",
    "a/b, a/b"
  })
  void registryTagAndDigestDoNotCount(String image, String name) {
    assertThat(RuntimeFolders.withoutTag(image)).isEqualTo(name);
  }

  @Test
  void anImageIsServedByTheFolderThatIsNamedForIt() throws IOException {
    // Given
    var originals = Files.createDirectories(folder.resolve("runtimes/py/sub"));
    Files.writeString(originals.resolve("file"), "content");
    Files.writeString(
        folder.resolve("runtimes/py/runtime.json"),
        "{\"command\": [\"run\", \"it\"], \"memory_overhead\": 42}");
    var copies = Files.createDirectory(folder.resolve("copies"));
    var folders = new RuntimeFolders(folder.resolve("runtimes"), copies, Map.of("a/b", "py"));

    // When
    var runtime = folders.forImage("a/b:latest");

    // Then
    assertThat(runtime.command()).containsExactly("run", "it");
    assertThat(runtime.memoryOverhead()).isEqualTo(42);
    assertThat(runtime.folder().resolve("sub/file")).hasContent("content");
    assertThat(folders.forImage("py")).isSameAs(runtime);
  }

  @ParameterizedTest
  @CsvSource({"unknown", "../secret", "a/b"})
  void whatNoFolderServesIsRefused(String image) {
    var folders = new RuntimeFolders(folder, folder, Map.of());

    assertThatThrownBy(() -> folders.forImage(image))
        .isInstanceOf(QinlingException.class)
        .hasMessageContaining("[local] images");
  }
}
