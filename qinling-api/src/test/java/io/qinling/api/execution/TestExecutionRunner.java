// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.TestDatabase;
import io.qinling.error.QinlingException;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is run, and what the meter is told. */
class TestExecutionRunner {
  private final ScriptedEngine engine = new ScriptedEngine();
  private TestDatabase test;
  private ApiProcess process;

  @BeforeEach
  void start() {
    test = TestDatabase.migrated(DatabaseKind.H2);
    var database = test.open();
    ApiProcess.insertFunction(database);
    process = new ApiProcess(DatabaseKind.H2, database, engine.engine(), "a", 1);
  }

  @AfterEach
  void stop() {
    engine.open();
    process.close();
    test.close();
  }

  @Test
  void aSynchronousExecutionIsCountedWithItsTime() {
    process.execute(true, Optional.empty());

    assertThat(process.counted.events).containsExactly("success", "answered");
    assertThat(process.journal.openCount()).isZero();
    assertThat(process.journal.commitTotals().commits()).isPositive();
    assertThat(process.journal.commitTotals().changes()).isPositive();
  }

  @Test
  void anAsynchronousOneIsUnderWayUntilItIsCounted() {
    engine.close();
    process.execute(false, Optional.empty());
    assertThat(process.runner.asyncUnderWay()).isEqualTo(1);
    assertThat(process.journal.openCount()).isEqualTo(1);

    engine.open();

    await().until(() -> process.runner.asyncUnderWay() == 0);
    assertThat(process.counted.events).containsExactly("success");
  }

  @Test
  void oneWithoutRoomIsCountedAsRefused() {
    engine.close();
    process.execute(false, Optional.of(UUID.randomUUID().toString()));

    assertThatExceptionOfType(QinlingException.class)
        .isThrownBy(() -> process.execute(false, Optional.empty()));

    assertThat(process.counted.events).containsExactly("refused");
  }

  @Test
  void oneWhoseCodeIsGoneEndsAsAnError() {
    engine.lose("d");

    var ended = process.execute(true, Optional.empty());

    assertThat(ended.status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(ended.result()).contains("It is not stored");
    assertThat(engine.calls(ended.id())).isEqualTo(1);
  }
}
