// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.engine.MemoryEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestPackages {
  private static final String DIGEST = "d";

  @TempDir Path folder;

  private final TestDatabase databases = TestDatabase.migrated(DatabaseKind.H2);
  private final MemoryEngine engine = new MemoryEngine();
  private final Packages packages = new Packages(engine, new FunctionStore(databases.open()));
  private PackageFile file;

  @BeforeEach
  void write() throws IOException {
    file = new PackageFile(Files.writeString(folder.resolve("p.zip"), "content"), "m", DIGEST);
  }

  @AfterEach
  void close() {
    databases.close();
  }

  /** As one does that has looked for its users before the record was there. */
  @Test
  void aPackageThatAnotherProcessDeletesMeanwhileIsStoredAgain() {
    var stored =
        packages.store(
            file,
            () -> {
              engine.deletePackage(DIGEST);
              return "recorded";
            });

    assertThat(stored).isEqualTo("recorded");
    assertThat(engine.packages.get(DIGEST)).asString().isEqualTo("content");
  }

  @Test
  void anEngineThatGoesAwayAfterTheRecordRefusesNothing() {
    var stored =
        packages.store(
            file,
            () -> {
              engine.isAway = true;
              return "recorded";
            });

    assertThat(stored).isEqualTo("recorded");
  }

  @Test
  void aPackageWithoutARecordGoesAgain() {
    assertThatThrownBy(() ->
            packages.store(
                file,
                () -> {
                  throw new IllegalStateException("refused");
                }))
        .hasMessage("refused");

    assertThat(engine.packages).isEmpty();
  }
}
