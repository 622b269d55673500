// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestLocalPackageStore extends PackageStoreContract {
  @TempDir private Path folder;

  @Override
  protected PackageStore store() throws IOException {
    return new LocalPackageStore(folder.resolve("packages"), MAX_BYTES);
  }

  @Test
  void whatAKilledProcessLeftHalfWrittenIsRemovedAtTheStart() throws IOException {
    // Given
    var upload = store().upload("0".repeat(64));
    upload.write(new byte[10]);
    assertThat(files()).isEqualTo(1);

    // When
    store();

    // Then
    assertThat(files()).isZero();
  }

  @Test
  void anUploadThatIsGivenUpLeavesNoFile() throws IOException {
    try (var upload = store().upload("0".repeat(64))) {
      upload.write(new byte[10]);
    }

    assertThat(files()).isZero();
  }

  private long files() throws IOException {
    try (var tree = Files.walk(folder)) {
      return tree.filter(Files::isRegularFile).count();
    }
  }
}
