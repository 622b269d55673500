// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.Outage;
import io.qinling.api.database.TestDatabase;
import io.qinling.api.engine.MemoryEngine;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of runtimes whose pool was not brought to an end. */
class TestPoolKeeper {
  private static final String ID = "11111111-1111-4111-8111-111111111111";
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");

  /** Of a process that dies before it does anything. */
  private static final Executor DEAD = _ -> {};

  private final MemoryEngine engine = new MemoryEngine();
  private TestDatabase test;
  private Database database;
  private RuntimeStore firstStore;
  private PoolKeeper second;

  @BeforeEach
  void open() {
    test = TestDatabase.migrated(DatabaseKind.H2);
    database = test.open();
    enter("first");
    enter("second");
    firstStore = new RuntimeStore(database, () -> "first");
    second = keeper(new RuntimeStore(database, () -> "second"), Runnable::run);
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void anOutageOfTheDatabaseDoesNotEndTheWork() {
    // Given
    var outage = new Outage(test);
    var runtime = insert(RuntimeStatus.CREATING);
    var keeper = keeper(new RuntimeStore(outage.open(), () -> "first"), Runnable::run);

    // When
    outage.failNext(3);
    keeper.begin(runtime);

    // Then
    assertThat(found().status()).isEqualTo(RuntimeStatus.AVAILABLE);
  }

  @ParameterizedTest
  @EnumSource(names = {"CREATING", "UPGRADING", "DELETING"})
  void aLivingProcessTakesUpWhatADeadOneLeft(RuntimeStatus status) {
    // Given
    var first = keeper(firstStore, DEAD);
    engine.pools.put(ID, "old");
    first.begin(unfinished(status));

    // When
    second.look();

    // Then
    assertThat(found().status()).isEqualTo(status);

    // When
    database.execute("DELETE FROM api_instances WHERE id = 'first'");
    second.look();

    // Then
    if (status == RuntimeStatus.DELETING) {
      assertThat(firstStore.find(ID)).isEmpty();
      assertThat(engine.pools).isEmpty();
    } else {
      assertThat(found().status()).isEqualTo(RuntimeStatus.AVAILABLE);
      assertThat(engine.pools).containsEntry(ID, found().image());
    }
  }

  @Test
  void whatIsUnderWayIsNotBegunAgain() {
    // Given
    var begun = new ArrayList<Runnable>();
    var first = keeper(firstStore, begun::add);
    first.begin(insert(RuntimeStatus.CREATING));

    // When
    first.look();

    // Then
    assertThat(begun).hasSize(1);
  }

  @Test
  void whoWasTakenForDeadLeavesTheWorkToWhomHasIt() {
    // Given
    var first = keeper(firstStore, Runnable::run);
    var runtime = insert(RuntimeStatus.CREATING);
    database.execute("UPDATE runtimes SET api_id = 'second'");

    // When
    first.begin(runtime);

    // Then
    assertThat(engine.pools).isEmpty();
    assertThat(found().status()).isEqualTo(RuntimeStatus.CREATING);
  }

  @Test
  void anUpgradeToABadImageThatIsTakenUpEndsWithTheOldOne() {
    // Given what an api and an engine leave that die during the upgrade
    unfinished(RuntimeStatus.UPGRADING);
    engine.badImages.add("new");
    engine.pools.put(ID, "new");
    database.execute("DELETE FROM api_instances WHERE id = 'first'");

    // When
    second.look();

    // Then
    assertThat(found().status()).isEqualTo(RuntimeStatus.AVAILABLE);
    assertThat(found().image()).isEqualTo("old");
    assertThat(engine.pools).containsEntry(ID, "old");
  }

  @Test
  void anImageThatDoesNotStartAnyMoreCanBeReplaced() {
    engine.badImages.add("old");
    engine.pools.put(ID, "old");

    keeper(firstStore, Runnable::run).begin(unfinished(RuntimeStatus.UPGRADING));

    assertThat(found().image()).isEqualTo("new");
    assertThat(engine.pools).containsEntry(ID, "new");
  }

  @Test
  void aPoolThatIsNotThereIsMadeForAnUpgrade() {
    keeper(firstStore, Runnable::run).begin(unfinished(RuntimeStatus.UPGRADING));

    assertThat(found().image()).isEqualTo("new");
    assertThat(engine.pools).containsEntry(ID, "new");
  }

  private PoolKeeper keeper(RuntimeStore store, Executor background) {
    return new PoolKeeper(store, engine, background, Clock.systemUTC());
  }

  private void enter(String process) {
    database.execute("INSERT INTO api_instances (id, place, beat) VALUES (?, 'here', 0)", process);
  }

  private RuntimeRecord found() {
    return firstStore.find(ID).orElseThrow();
  }

  private RuntimeRecord unfinished(RuntimeStatus status) {
    insert(status == RuntimeStatus.CREATING ? status : RuntimeStatus.AVAILABLE);
    if (status == RuntimeStatus.UPGRADING) {
      firstStore.startUpgrade(ID, "new", NOW);
    } else if (status == RuntimeStatus.DELETING) {
      firstStore.markDeleting(ID, NOW);
    }
    return found();
  }

  private RuntimeRecord insert(RuntimeStatus status) {
    var runtime =
        new RuntimeRecord(ID, "p", null, null, "old", null, status, true, false, NOW, null);
    firstStore.insert(runtime);
    return runtime;
  }
}
