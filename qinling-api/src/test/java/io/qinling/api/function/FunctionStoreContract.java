// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.Condition;
import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The table of functions on every database. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class FunctionStoreContract {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678901Z");
  private static final Instant LATER = NOW.plusSeconds(1);

  private final DatabaseKind kind;
  private TestDatabase test;
  private Database database;
  private FunctionStore store;
  private String runtime;

  FunctionStoreContract(DatabaseKind kind) {
    this.kind = kind;
  }

  @BeforeAll
  void open() {
    test = TestDatabase.migrated(kind);
    database = test.open();
    store = new FunctionStore(database);
  }

  @AfterAll
  void close() {
    test.close();
  }

  @BeforeEach
  void insertRuntime() {
    runtime = UUID.randomUUID().toString();
    database.execute(
        "INSERT INTO runtimes (id, project_id, image, status) VALUES (?, 'p', 'i', 'available')",
        runtime);
  }

  @Test
  void aFunctionIsFoundAsItWasWritten() {
    var function = function("{\"source\": \"package\", \"x\": \"" + "🚀".repeat(20_000) + "\"}");

    assertThat(store.insert(function)).isTrue();

    assertThat(store.find(function.id())).contains(function);
    var listed = new ArrayList<FunctionRecord>();
    store.forEach(Condition.equal("project_id", function.projectId()), listed::add);
    assertThat(listed).contains(function);
  }

  @Test
  void noFunctionIsMadeForARuntimeThatIsNotAvailable() {
    database.execute("UPDATE runtimes SET status = 'deleting' WHERE id = ?", runtime);

    assertThat(store.insert(function("{}"))).isFalse();
  }

  @Test
  void ofConcurrentChangesOneWins() throws Exception {
    var function = function("{}");
    store.insert(function);
    var changes = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 4; i++) {
      var changed = named(function, "name " + i);
      changes.add(() -> store.update(changed, true));
    }
    int succeeded = 0;
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : executor.invokeAll(changes)) {
        succeeded += done.get() ? 1 : 0;
      }
    }

    assertThat(succeeded).isEqualTo(1);
    assertThat(store.find(function.id()).orElseThrow().revision()).isEqualTo(1);
    assertThat(store.find(function.id()).orElseThrow().updatedAt()).isEqualTo(LATER);
  }

  @Test
  void packagesInUseAreKnown() {
    var function = function("{}");
    store.insert(function);

    assertThat(store.usesPackage(function.packageDigest())).isTrue();
    assertThat(store.delete(function)).contains(List.of());
    assertThat(store.usesPackage(function.packageDigest())).isFalse();
    assertThat(store.delete(function)).isEmpty();
  }

  @Test
  void aRuntimeInUseCannotGo() {
    store.insert(function("{}"));

    assertThatThrownBy(() -> database.execute("DELETE FROM runtimes WHERE id = ?", runtime))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_INPUT));
  }

  @Test
  void namesDifferByCaseAndBlanks() {
    for (var name : List.of("Name", "name", "name ")) {
      store.insert(named(function("{}"), name));
    }
    var found = new ArrayList<String>();

    store.forEach(Condition.equal("name", "name"), function -> found.add(function.name()));

    assertThat(found).containsExactly("name");
  }

  private FunctionRecord function(String code) {
    return new FunctionRecord(
        UUID.randomUUID().toString(),
        "p",
        "größe 🚀",
        null,
        runtime,
        code,
        UUID.randomUUID().toString(),
        "main.main",
        100,
        33554432,
        5,
        0,
        0,
        "trust",
        0,
        NOW,
        null);
  }

  private static FunctionRecord named(FunctionRecord function, String name) {
    return new FunctionRecord(
        function.id(),
        function.projectId(),
        name,
        function.description(),
        function.runtimeId(),
        function.codeJson(),
        function.packageDigest(),
        function.entry(),
        function.cpu(),
        function.memorySize(),
        function.timeout(),
        function.count(),
        function.latestVersion(),
        function.trustId(),
        function.revision(),
        function.createdAt(),
        LATER);
  }
}
