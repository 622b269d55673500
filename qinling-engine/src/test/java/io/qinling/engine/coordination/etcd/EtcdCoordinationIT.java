// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.CoordinationContract;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.function.FunctionKey;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EtcdCoordinationIT extends CoordinationContract {
  private static final Duration TTL = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static Etcd etcd;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<FunctionKey> changed = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void connect() {
    etcd = new Etcd(TestEtcd.addresses());
  }

  @AfterAll
  static void disconnect() {
    etcd.close();
  }

  @AfterEach
  void end() throws Exception {
    for (var each : open) {
      each.close();
    }
  }

  @Override
  protected Coordination coordination() {
    return engine("one", "127.0.0.1:1");
  }

  /** An engine that has its session. */
  private Coordination engine(String name, String address) {
    var coordination = start(etcd, name, address);
    awaitSession(coordination);
    return coordination;
  }

  private Coordination start(Etcd connection, String name, String address) {
    return start(connection, name, address, TTL);
  }

  private Coordination start(Etcd connection, String name, String address, Duration ttl) {
    var self =
        new EngineRecord(name + "-" + id, address, UUID.randomUUID().toString(), "6", "now", false);
    var coordination = new EtcdCoordination(connection, self, ttl, System::nanoTime);
    coordination.listen(
        new Coordination.Listener() {
          @Override
          public void sessionBegan() {}

          @Override
          public void ownershipChanged(FunctionKey function) {
            changed.add(function);
          }
        });
    coordination.start();
    open.add(coordination);
    return coordination;
  }

  private static void awaitSession(Coordination coordination) {
    await().atMost(PATIENCE).until(() -> coordination.session() != Coordination.NO_SESSION);
  }

  private static String value(String key) {
    return etcd.call(client -> client.getKVClient().get(Keys.bytes(key))).getKvs().stream()
        .map(entry -> Keys.text(entry.getValue()))
        .findFirst()
        .orElse(null);
  }

  private static void put(String key, String value) {
    var _ = etcd.call(client -> client.getKVClient().put(Keys.bytes(key), Keys.bytes(value)));
  }

  @Test
  void oneOfTwoEnginesOwnsAFunctionVersionAndTheOtherIsToldWhere() {
    var one = engine("one", "127.0.0.1:1");
    var two = engine("two", "127.0.0.1:2");
    one.own(function);

    assertThat(two.own(function)).isEqualTo(new Ownership.OwnedByAnother("127.0.0.1:1"));
    assertThat(two.ownerElsewhere(function)).contains("127.0.0.1:1");
    assertThat(value(Keys.owner(id, 1))).isEqualTo("one-" + id);
  }

  @Test
  void whatIsGivenUpCanBeOwnedAtOnce() {
    var one = engine("one", "127.0.0.1:1");
    var two = engine("two", "127.0.0.1:2");
    one.own(function);

    one.disown(function);

    assertThat(two.own(function)).isInstanceOf(Ownership.Owned.class);
  }

  @Test
  void anEngineThatEndsLeavesNothingOwned() throws Exception {
    var one = engine("one", "127.0.0.1:1");
    var two = engine("two", "127.0.0.1:2");
    one.own(function);

    one.close();

    assertThat(two.own(function)).isInstanceOf(Ownership.Owned.class);
    assertThat(value(Keys.engine("one-" + id))).isNull();
  }

  @Test
  void anEngineThatIsCutOffStopsBeforeAnotherOwnsWhatItOwned() {
    var connection = new Etcd(TestEtcd.addresses());
    var one = start(connection, "one", "127.0.0.1:1");
    awaitSession(one);
    one.own(function);
    var two = engine("two", "127.0.0.1:2");

    connection.close();

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> two.own(function) instanceof Ownership.Owned);
    assertThat(one.session()).isEqualTo(Coordination.NO_SESSION);
    assertThatThrownBy(() -> one.own(function))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  void anEngineWhoseSessionEtcdHasEndedBeginsAnother() {
    var one = engine("one", "127.0.0.1:1");
    long ended = one.session();
    var key = Keys.bytes(Keys.engine("one-" + id));
    var registered = etcd.call(client -> client.getKVClient().get(key)).getKvs().getFirst();

    var _ = etcd.call(client -> client.getLeaseClient().revoke(registered.getLease()));

    await()
        .atMost(PATIENCE)
        .until(() ->
            one.session() != Coordination.NO_SESSION
                && one.session() != ended
                && value(Keys.engine("one-" + id)) != null);
    assertThat(one.own(function)).isInstanceOf(Ownership.Owned.class);
  }

  @Test
  void anEngineWithTheNameOfAnotherWaitsUntilThatIsGone() throws Exception {
    var one = engine("one", "127.0.0.1:1");

    var namesake = start(etcd, "one", "127.0.0.1:2");

    await()
        .during(Duration.ofSeconds(1))
        .atMost(PATIENCE)
        .until(() -> namesake.session() == Coordination.NO_SESSION);
    assertThat(one.session()).isNotEqualTo(Coordination.NO_SESSION);
    one.close();
    awaitSession(namesake);
  }

  @Test
  void anEngineThatStartsAnewOnItsAddressNeedNotWaitForItsOldSession() {
    var killed = new Etcd(TestEtcd.addresses());
    var before = start(killed, "one", "127.0.0.1:1", Duration.ofMinutes(1));
    awaitSession(before);
    before.own(function);
    killed.close();

    var after = start(etcd, "one", "127.0.0.1:1");

    await().atMost(PATIENCE).until(() -> after.session() != Coordination.NO_SESSION);
    assertThat(after.own(function)).isInstanceOf(Ownership.Owned.class);
  }

  @Test
  void anOwnerThatNoEngineWroteIsRemoved() {
    put(Keys.owner(id, 1), "{not ours");

    assertThat(engine("one", "127.0.0.1:1").own(function)).isInstanceOf(Ownership.Owned.class);
  }

  @Test
  void aWorkerThatNoEngineWroteIsLeftAlone() {
    put(Keys.workers(id, 1) + "w", "\0not ours");

    assertThat(engine("one", "127.0.0.1:1").assigned(function)).isEmpty();
  }

  @Test
  void foreignKeysAmongTheOwnersAreNoHindrance() {
    put(Keys.OWNERS + id, "x");
    put(Keys.OWNERS + id + "/99999999999/x", "x");

    assertThat(engine("one", "127.0.0.1:1").own(function)).isInstanceOf(Ownership.Owned.class);
  }

  @Test
  void aWorkerIsAssignedByTheOwnerOnly() {
    var one = engine("one", "127.0.0.1:1");
    var two = engine("two", "127.0.0.1:2");
    one.own(function);

    assertThat(two.assign(assignment(id, function))).isFalse();
    assertThat(one.assign(assignment(id, function))).isTrue();
    assertThat(two.assigned(function)).hasSize(1);
  }

  @Test
  void anOwnerIsToldWhenSomebodyElseRemovesItsKey() {
    engine("one", "127.0.0.1:1").own(function);

    var _ = etcd.call(client -> client.getKVClient().delete(Keys.bytes(Keys.owner(id, 1))));

    await().atMost(PATIENCE).until(() -> changed.contains(function));
  }

  @Test
  void aDrainingEngineSaysSo() {
    engine("one", "127.0.0.1:1").drain();

    var key = Keys.engine("one-" + id);
    assertThat(EngineRecord.decode(key, value(key)))
        .hasValueSatisfying(engine -> assertThat(engine.draining()).isTrue());
  }
}
