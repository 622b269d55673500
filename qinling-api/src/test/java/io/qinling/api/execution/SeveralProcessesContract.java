// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.api.database.Database;
import io.qinling.api.database.DatabaseKind;
import io.qinling.api.database.Outage;
import io.qinling.api.database.TestDatabase;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of executions when processes that share a database die, pause or are cut off. */
abstract class SeveralProcessesContract {
  private final DatabaseKind kind;
  private final ScriptedEngine engine = new ScriptedEngine();
  private final List<ApiProcess> processes = new ArrayList<>();
  private TestDatabase test;
  private Database database;

  SeveralProcessesContract(DatabaseKind kind) {
    this.kind = kind;
  }

  @BeforeEach
  void create() {
    test = TestDatabase.migrated(kind);
    database = test.open();
    ApiProcess.insertFunction(database);
  }

  @AfterEach
  void drop() {
    engine.open();
    processes.forEach(ApiProcess::close);
    test.close();
  }

  private ApiProcess process(String place) {
    return process(place, database);
  }

  private ApiProcess process(String place, Database reached) {
    var process = new ApiProcess(kind, reached, engine.engine(), place);
    processes.add(process);
    return process;
  }

  /** A row as a process leaves it that was killed. */
  private String orphan(boolean sync, String apiId) {
    var id = UUID.randomUUID().toString();
    database.execute(
        "INSERT INTO executions (id, project_id, function_id, status, sync, api_id, attempts)"
            + " VALUES (?, ?, ?, 'running', ?, ?, 1)",
        id,
        ApiProcess.PROJECT,
        ApiProcess.FUNCTION,
        sync,
        apiId);
    return id;
  }

  /** The id of a process that beats no more. */
  private String dead() {
    database.execute("INSERT INTO api_instances (id, place, beat) VALUES ('dead', 'x', 3)");
    return "dead";
  }

  private static void waitFor(ApiProcess process, String id, ExecutionStatus status) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(process.find(id).status()).isEqualTo(status));
  }

  private static void assertUnavailable(Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  private static CompletableFuture<ExecutionRecord> inBackground(Supplier<ExecutionRecord> call) {
    return CompletableFuture.supplyAsync(
        call, task -> Thread.ofVirtual().name("caller").start(task));
  }

  /** A synchronous execution that is recorded and runs until the engine opens. */
  private CompletableFuture<ExecutionRecord> runningSync(ApiProcess process, String id) {
    engine.close();
    var call = inBackground(() -> process.execute(true, Optional.of(id)));
    await().until(() -> engine.runs(id) == 1);
    return call;
  }

  @Test
  void executionsOfADeadProcessAreTakenOver() {
    var api = process("a");
    var async = orphan(false, dead());
    var sync = orphan(true, "dead");

    api.lookForTimeout();

    waitFor(api, async, ExecutionStatus.SUCCESS);
    assertThat(engine.runs(async)).isOne();
    var ended = api.find(sync);
    assertThat(ended.status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(ended.lastError()).isEqualTo("The qinling-api that ran it ended or was cut off");
    assertThat(engine.calls(sync)).isZero();
  }

  @Test
  void executionsOfAProcessThatBeatsAreLeftAlone() {
    var api = process("a");
    var other = process("b");
    var id = orphan(false, other.presence.id());

    for (int i = 0; i < 20; i++) {
      api.pass(ApiProcess.PERIOD);
      other.presence.beat();
      api.takeover.look();
    }

    assertThat(api.find(id).status()).isEqualTo(ExecutionStatus.RUNNING);
    assertThat(engine.calls(id)).isZero();
  }

  @Test
  void executionsOfNobodyAreTakenOverAtTheFirstLook() {
    var api = process("a");
    var fromBefore = orphan(false, null);
    var fromAStop = orphan(false, "left");

    api.takeover.look();

    waitFor(api, fromBefore, ExecutionStatus.SUCCESS);
    waitFor(api, fromAStop, ExecutionStatus.SUCCESS);
  }

  @Test
  void aProcessTakesOverFromTheOneInItsPlaceAtOnce() {
    var before = process("a");
    var id = orphan(false, before.presence.id());

    var after = process("a");
    after.presence.replace();
    after.takeover.look();

    waitFor(after, id, ExecutionStatus.SUCCESS);
  }

  @Test
  void ofTwoThatRaceOneTakesOver() throws Exception {
    var racers = List.of(process("a"), process("b"));
    dead();
    var ids = new ArrayList<String>();
    for (int i = 0; i < 60; i++) {
      ids.add(orphan(i % 3 == 0, "dead"));
    }
    for (int i = 1; i < ApiProcess.LOOKS; i++) {
      racers.forEach(ApiProcess::beatAndLook);
    }
    var races = new ArrayList<Callable<Void>>();
    for (var racer : racers) {
      races.add(() -> {
        racer.beatAndLook();
        return null;
      });
    }

    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var race : executor.invokeAll(races)) {
        race.get();
      }
    }

    await().until(() -> ids.stream().allMatch(id -> racers.getFirst().find(id).status().isFinal()));
    for (int i = 0; i < ids.size(); i++) {
      assertThat(engine.calls(ids.get(i))).as("calls of %s", i).isEqualTo(i % 3 == 0 ? 0 : 1);
    }
  }

  @Test
  void whatFindsNoRoomIsTakenLater() {
    var api = new ApiProcess(kind, database, engine.engine(), "a", 2);
    processes.add(api);
    engine.close();
    var ids = List.of(orphan(false, null), orphan(false, null), orphan(false, null));
    api.takeover.look();
    await().until(() -> ids.stream().mapToInt(engine::runs).sum() == 2);

    engine.open();

    await()
        .until(() -> {
          api.takeover.look();
          return ids.stream().allMatch(id -> api.find(id).status() == ExecutionStatus.SUCCESS);
        });
  }

  @Test
  void aProcessThatWasTakenForDeadGoesOnAsAnother() {
    var paused = process("a");
    var api = process("b");
    var before = paused.presence.id();
    api.lookForTimeout();
    paused.pass(ApiProcess.TIMEOUT);

    var execution = paused.execute(true);

    assertThat(paused.presence.id()).isNotEqualTo(before);
    assertThat(execution.status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(api.instances.all())
        .extracting(each -> each.id())
        .containsExactlyInAnyOrder(paused.presence.id(), api.presence.id());
  }

  @Test
  void anAnswerIsWhatTheRecordSays() {
    var paused = process("a");
    var api = process("b");
    var id = UUID.randomUUID().toString();
    var call = runningSync(paused, id);
    api.lookForTimeout();

    engine.open();

    assertThat(call.join()).isEqualTo(api.find(id));
    assertThat(call.join().status()).isEqualTo(ExecutionStatus.ERROR);
  }

  @Test
  void whatStillRunsAfterAPauseIsOwnedAgain() {
    var paused = process("a");
    var id = UUID.randomUUID().toString();
    var call = runningSync(paused, id);
    database.execute("DELETE FROM api_instances");
    paused.presence.beat();

    paused.takeover.look();
    process("b").takeover.look();
    engine.open();

    assertThat(call.join().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(paused.find(id)).isEqualTo(call.join());
  }

  @Test
  void anOwnExecutionThatNothingRunsIsTakenUp() {
    var api = process("a");
    var async = orphan(false, api.presence.id());
    var sync = orphan(true, api.presence.id());

    api.takeover.look();

    waitFor(api, async, ExecutionStatus.SUCCESS);
    waitFor(api, sync, ExecutionStatus.ERROR);
  }

  @Test
  void nothingIsRunWhileTheDatabaseIsAway() {
    var outage = new Outage(test);
    var api = process("a", outage.open());
    api.execute(true);
    outage.begin();
    assertUnavailable(api.presence::beat);

    assertUnavailable(() -> api.execute(true));
    var id = UUID.randomUUID().toString();
    assertUnavailable(() -> api.execute(false, Optional.of(id)));

    assertThat(engine.calls(id)).isZero();
    outage.end();
    api.pass(Duration.ofSeconds(1));
    assertThat(api.execute(true).status()).isEqualTo(ExecutionStatus.SUCCESS);
  }

  @Test
  void whatEndsDuringAnOutageIsRecordedAfterwards() {
    var outage = new Outage(test);
    var api = process("a", outage.open());
    engine.close();
    var async = api.execute(false);
    var sync = UUID.randomUUID().toString();
    var call = runningSync(api, sync);
    var unwritten = inBackground(() -> api.execute(true));
    await().until(() -> api.journal.open().size() == 3);

    outage.begin();
    engine.open();
    assertUnavailable(() -> api.execute(false));
    assertThat(call).isNotDone();
    outage.end();

    assertThat(call.join().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(api.find(unwritten.join().id())).isEqualTo(unwritten.join());
    waitFor(api, async.id(), ExecutionStatus.SUCCESS);
    assertThat(api.find(sync).status()).isEqualTo(ExecutionStatus.SUCCESS);
    await().until(() -> api.journal.open().isEmpty());
  }

  /** The attempts of one write all fail, and then the database is asked whether it is there. */
  @Test
  void aDatabaseThatComesBackBetweenAttemptsLosesNoResult() {
    var outage = new Outage(test);
    var api = process("a", outage.open());
    var id = UUID.randomUUID().toString();
    var call = runningSync(api, id);
    await().until(() -> new ExecutionStore(database).find(id).isPresent());

    outage.failNext(4);
    engine.open();

    assertThat(call.join().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(api.find(id)).isEqualTo(call.join());
  }

  @Test
  void whoWaitsForAnEndThatCannotBeHeldIsToldWhatTheRecordSays() {
    var outage = new Outage(test);
    var api = process("a", outage.open());
    var id = UUID.randomUUID().toString();
    var call = runningSync(api, id);
    await().until(() -> new ExecutionStore(database).find(id).isPresent());

    outage.refuseNextEnd();
    engine.open();

    assertThat(call.join().status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(call.join().lastError()).isEqualTo("The database cannot hold its result");
    assertThat(api.find(id)).isEqualTo(call.join());
  }

  @Test
  void aCommitWhoseAnswerIsLostDoesNotRunWhatWasRefused() {
    var outage = new Outage(test);
    var api = process("a", outage.open());
    var id = UUID.randomUUID().toString();
    outage.beginAtNextCommit();

    assertUnavailable(() -> api.execute(false, Optional.of(id)));
    assertThat(new ExecutionStore(database).find(id)).isPresent();
    outage.end();

    await().until(() -> new ExecutionStore(database).find(id).isEmpty());
    api.takeover.look();
    assertThat(engine.calls(id)).isZero();
  }

  @Test
  void anEndWhoseAnswerIsLostIsRecordedOnce() {
    var outage = new Outage(test);
    var api = process("a", outage.open());
    var id = UUID.randomUUID().toString();
    var call = runningSync(api, id);
    outage.beginAtNextCommit();
    engine.open();
    await().until(() -> new ExecutionStore(database).find(id).orElseThrow().status().isFinal());

    outage.end();

    assertThat(call.join()).isEqualTo(api.find(id));
    assertThat(call.join().status()).isEqualTo(ExecutionStatus.SUCCESS);
  }

  @Test
  void whatNothingRanIsTriedAgainWithoutBeingCounted() {
    var api = process("a");
    engine.failWith(ErrorCode.UNAVAILABLE, ErrorCode.OVERLOADED, ErrorCode.UNAVAILABLE);

    var id = api.execute(false).id();

    waitFor(api, id, ExecutionStatus.SUCCESS);
    assertThat(api.find(id).attempts()).isOne();
    assertThat(api.find(id).lastError()).isEqualTo("So it was told");
  }

  @Test
  void whatALostEngineMayHaveRunIsTriedSoManyTimes() {
    var api = process("a");
    engine.failWith(ErrorCode.LOST, ErrorCode.LOST);
    var survivor = api.execute(false).id();
    waitFor(api, survivor, ExecutionStatus.SUCCESS);
    engine.failWith(ErrorCode.LOST, ErrorCode.LOST, ErrorCode.LOST);

    var hopeless = api.execute(false).id();

    waitFor(api, hopeless, ExecutionStatus.ERROR);
    assertThat(api.find(survivor).attempts()).isEqualTo(3);
    assertThat(api.find(hopeless).attempts()).isEqualTo(ApiProcess.MAX_ATTEMPTS);
    assertThat(api.find(hopeless).lastError()).isEqualTo("The engine that ran it was lost");
  }

  @Test
  void anEngineThatIsSilentForTooLongIsAskedAgain() {
    var api = process("a");
    engine.failWith(ErrorCode.TIMEOUT, ErrorCode.UNAVAILABLE);

    var id = api.execute(false).id();

    waitFor(api, id, ExecutionStatus.SUCCESS);
    assertThat(api.find(id).attempts()).isEqualTo(2);
    assertThat(engine.runs(id)).isOne();
  }

  @Test
  void aSynchronousExecutionIsTriedOnce() {
    var api = process("a");
    engine.failWith(ErrorCode.LOST);

    var ended = api.execute(true);

    assertThat(ended.status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(ended.lastError()).isEqualTo("The engine that ran it was lost");
    assertThat(engine.calls(ended.id())).isOne();
    assertThat(api.find(ended.id())).isEqualTo(ended);
  }

  @Test
  void aStopLeavesAsynchronousExecutionsToOthersAndEndsSynchronousOnes() {
    var stopped = process("a");
    var sync = UUID.randomUUID().toString();
    var call = runningSync(stopped, sync);
    var async = stopped.execute(false).id();
    await().until(() -> engine.runs(async) == 1);

    stopped.runner.stop(Duration.ofMillis(10));
    stopped.presence.leave();

    assertThat(stopped.find(sync).status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(stopped.find(async).status()).isEqualTo(ExecutionStatus.RUNNING);
    assertUnavailable(() -> stopped.execute(false));
    engine.open();
    assertThat(call.join().status()).isEqualTo(ExecutionStatus.ERROR);
    var other = process("b");
    other.takeover.look();
    waitFor(other, async, ExecutionStatus.SUCCESS);
  }

  @Test
  void aStopWaitsForWhatRuns() {
    var api = process("a");
    var sync = UUID.randomUUID().toString();
    var call = runningSync(api, sync);
    var async = api.execute(false).id();
    var stop = CompletableFuture.runAsync(() -> api.runner.stop(Duration.ofMinutes(1)));

    engine.open();
    stop.join();

    assertThat(call.join().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(api.find(async).status()).isEqualTo(ExecutionStatus.SUCCESS);
  }
}
