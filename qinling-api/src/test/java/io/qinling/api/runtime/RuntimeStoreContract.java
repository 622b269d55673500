// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.identity.Caller;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The table of runtimes on every database. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class RuntimeStoreContract {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.678901Z");
  private static final String MINE = "mine";
  private static final String OTHERS = "others";
  private static final Instant LATER = NOW.plusSeconds(1);

  private final DatabaseKind kind;
  private TestDatabase test;
  private Database database;
  private RuntimeStore store;

  RuntimeStoreContract(DatabaseKind kind) {
    this.kind = kind;
  }

  @BeforeAll
  void open() {
    test = TestDatabase.migrated(kind);
    database = test.open();
    enter(MINE);
    enter(OTHERS);
    store = new RuntimeStore(database, () -> MINE);
  }

  @AfterAll
  void close() {
    test.close();
  }

  @Test
  void aRuntimeIsFoundAsItWasWritten() {
    var runtime = insert("p", false, RuntimeStatus.CREATING);

    assertThat(store.find(runtime.id())).contains(runtime);
    assertThat(store.find("unknown")).isEmpty();
  }

  @Test
  void projectsSeeTheirOwnAndThePublicOnes() {
    var own = insert("own", false, RuntimeStatus.AVAILABLE);
    var open = insert("other", true, RuntimeStatus.AVAILABLE);
    var hidden = insert("other", false, RuntimeStatus.AVAILABLE);

    assertThat(store.listVisible(new Caller("own", false, Optional.empty())))
        .contains(own, open)
        .doesNotContain(hidden);
    assertThat(store.listAll()).contains(own, open, hidden);
  }

  @Test
  void aStatusIsSetOnceByWhoeverExpectedTheOldOne() throws Exception {
    var runtime = insert("p", true, RuntimeStatus.CREATING);
    Callable<Boolean> set =
        () -> store.setStatus(runtime.id(), RuntimeStatus.CREATING, RuntimeStatus.AVAILABLE, LATER);
    int succeeded = 0;
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : executor.invokeAll(List.of(set, set, set, set))) {
        succeeded += done.get() ? 1 : 0;
      }
    }

    assertThat(succeeded).isEqualTo(1);
    assertThat(store.find(runtime.id()).orElseThrow().updatedAt()).isEqualTo(LATER);
  }

  /** MariaDB tells changed rows from found ones, if it is allowed to. */
  @Test
  void writingWhatIsThereAlreadyCountsAsAChange() {
    var runtime = insert("p", true, RuntimeStatus.AVAILABLE);

    for (int i = 0; i < 2; i++) {
      assertThat(
              store.setStatus(
                  runtime.id(), RuntimeStatus.AVAILABLE, RuntimeStatus.AVAILABLE, LATER))
          .isTrue();
    }
  }

  @Test
  void anUpgradeKeepsTheFormerImageUntilItsEnd() {
    var runtime = insert("p", true, RuntimeStatus.AVAILABLE);

    assertThat(store.startUpgrade(runtime.id(), "new", LATER)).isTrue();
    assertThat(store.startUpgrade(runtime.id(), "newer", LATER)).isFalse();
    assertThat(store.find(runtime.id()))
        .get()
        .extracting(RuntimeRecord::status, RuntimeRecord::image, RuntimeRecord::formerImage)
        .containsExactly(RuntimeStatus.UPGRADING, "new", "image");

    store.endUpgrade(runtime.id(), "image", LATER);
    assertThat(store.find(runtime.id()))
        .get()
        .extracting(RuntimeRecord::status, RuntimeRecord::image, RuntimeRecord::formerImage)
        .containsExactly(RuntimeStatus.AVAILABLE, "image", null);
  }

  @Test
  void whatALivingProcessWorksAtIsNobodyElses() {
    var others = new RuntimeStore(database, () -> OTHERS);
    var created = insert("p", true, RuntimeStatus.CREATING);
    var upgraded = insert("p", true, RuntimeStatus.AVAILABLE);
    store.startUpgrade(upgraded.id(), "new", LATER);
    var deleted = insert("p", true, RuntimeStatus.AVAILABLE);
    store.markDeleting(deleted.id(), LATER);
    var ids = List.of(created.id(), upgraded.id(), deleted.id());

    assertThat(orphans(store)).containsAll(ids);
    assertThat(orphans(others)).doesNotContainAnyElementsOf(ids);
  }

  @Test
  void ofTwoThatTakeUpARuntimeOneGetsIt() {
    var runtime = insert("p", true, RuntimeStatus.CREATING);
    database.execute("UPDATE runtimes SET api_id = 'dead' WHERE id = ?", runtime.id());
    var others = new RuntimeStore(database, () -> OTHERS);
    var orphan =
        store.orphans().stream()
            .filter(each -> each.runtime().id().equals(runtime.id()))
            .findFirst()
            .orElseThrow();

    assertThat(orphans(others)).contains(runtime.id());
    assertThat(others.claim(orphan)).isTrue();
    assertThat(store.claim(orphan)).isFalse();

    assertThat(others.isLeft(runtime)).isTrue();
    assertThat(store.isLeft(runtime)).isFalse();
  }

  private static List<String> orphans(RuntimeStore of) {
    return of.orphans().stream().map(orphan -> orphan.runtime().id()).toList();
  }

  private void enter(String process) {
    database.execute("INSERT INTO api_instances (id, place, beat) VALUES (?, 'here', 0)", process);
  }

  @Test
  void aRuntimeInUseIsNotDeleted() {
    var runtime = insert("p", true, RuntimeStatus.AVAILABLE);
    database.execute(
        "INSERT INTO functions (id, project_id, runtime_id, code) VALUES (?, 'p', ?, '{}')",
        UUID.randomUUID().toString(),
        runtime.id());

    assertThat(store.markDeleting(runtime.id(), LATER)).isFalse();
    assertThat(store.find(runtime.id())).contains(runtime);
  }

  @Test
  void aRuntimeThatIsBeingDeletedIsNotAvailable() {
    var runtime = insert("p", true, RuntimeStatus.AVAILABLE);

    assertThat(isAvailable(runtime.id())).isTrue();
    assertThat(store.markDeleting(runtime.id(), LATER)).isTrue();
    assertThat(isAvailable(runtime.id())).isFalse();

    store.delete(runtime.id());
    assertThat(store.find(runtime.id())).isEmpty();
    assertThat(isAvailable(runtime.id())).isFalse();
  }

  private boolean isAvailable(String id) {
    return database.inTransaction(connection -> RuntimeStore.lockAvailable(connection, id));
  }

  private RuntimeRecord insert(String project, boolean isPublic, RuntimeStatus status) {
    var runtime =
        new RuntimeRecord(
            UUID.randomUUID().toString(),
            project,
            "größe 🚀",
            null,
            "image",
            null,
            status,
            isPublic,
            false,
            NOW,
            null);
    store.insert(runtime);
    return runtime;
  }
}
