// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.engine.MemoryEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestPackageImport {
  private static final String FUNCTION = "1e04f1f0-0000-4000-8000-000000000001";
  private static final String PROJECT = "p1";

  @TempDir Path folder;

  private final TestDatabase databases = TestDatabase.migrated(DatabaseKind.H2);
  private final Database database = databases.open();
  private final MemoryEngine engine = new MemoryEngine();
  private final FunctionStore store = new FunctionStore(database);
  private PackageImport packages;

  @BeforeEach
  void prepare() throws IOException {
    packages = new PackageImport(store, new Packages(engine, store), folder);
    Files.createDirectory(folder.resolve(PROJECT));
  }

  @AfterEach
  void close() {
    databases.close();
  }

  @Test
  void packagesOfFunctionsAndVersionsAreImportedByTheirExactNames() throws IOException {
    // Given a function, its versions 1 and 10, and their files
    var latest = zip("latest");
    var first = zip("first");
    var tenth = zip("tenth");
    function(md5(latest));
    version(1);
    version(10);
    leave(FUNCTION + "_" + md5(latest) + ".zip", latest);
    leave(FUNCTION + "_10_" + md5(tenth) + ".zip", tenth);
    leave(FUNCTION + "_1_" + md5(first) + ".zip", first);

    // When
    boolean done = packages.run();

    // Then
    assertThat(done).isTrue();
    assertThat(engine.packages).containsOnlyKeys(sha256(latest), sha256(first), sha256(tenth));
    assertThat(store.find(FUNCTION).orElseThrow().packageDigest()).isEqualTo(sha256(latest));
    assertThat(store.usesPackage(sha256(first))).isTrue();
    assertThat(store.withoutPackage()).isEmpty();
  }

  @Test
  void aPackageThatIsLostOrChangedStaysMissingAndStopsNobody() throws IOException {
    function("0".repeat(32));
    leave(FUNCTION + "_" + "0".repeat(32) + ".zip", zip("changed"));
    version(2);
    var second = zip("second");
    leave(FUNCTION + "_2_" + md5(second) + ".zip", second);

    boolean done = packages.run();

    assertThat(done).isTrue();
    assertThat(engine.packages).containsOnlyKeys(sha256(second));
    assertThat(store.find(FUNCTION).orElseThrow().packageDigest()).isNull();
  }

  @Test
  void whileTheEngineIsAwayNothingIsGivenUp() throws IOException {
    var latest = zip("latest");
    function(md5(latest));
    leave(FUNCTION + "_" + md5(latest) + ".zip", latest);
    engine.isAway = true;

    assertThat(packages.run()).isFalse();
    engine.isAway = false;

    assertThat(packages.run()).isTrue();
    assertThat(engine.packages).containsOnlyKeys(sha256(latest));
  }

  private void function(String md5) {
    database.execute(
        "INSERT INTO functions (id, project_id, code, cpu, memory_size, created_at)"
            + " VALUES (?, ?, ?, 100, 33554432, CURRENT_TIMESTAMP)",
        FUNCTION,
        PROJECT,
        "{\"source\": \"package\", \"md5sum\": \"" + md5 + "\"}");
  }

  private void version(int number) {
    database.execute(
        "INSERT INTO function_versions (id, project_id, function_id, version_number, created_at)"
            + " VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)",
        "version-" + number,
        PROJECT,
        FUNCTION,
        number);
  }

  private void leave(String name, byte[] content) throws IOException {
    Files.write(folder.resolve(PROJECT).resolve(name), content);
  }

  private static byte[] zip(String content) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("main.py"));
      zip.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static String md5(byte[] content) {
    return digest("MD5", content);
  }

  private static String sha256(byte[] content) {
    return digest("SHA-256", content);
  }

  private static String digest(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
