// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.qinling.engine.coordination.etcd.TestEtcd;
import io.qinling.engine.storage.Pack;
import io.qinling.engine.storage.Peer;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EtcdPackageHoldersIT {
  private static Etcd etcd;

  private final String digest = Pack.ofBytes(10).digest();

  @BeforeAll
  static void connect() {
    etcd = new Etcd(TestEtcd.addresses());
  }

  @AfterAll
  static void disconnect() {
    etcd.close();
  }

  @Test
  void whatIsRecordedIsKnownUntilItIsForgotten() {
    var holders = new EtcdPackageHolders(etcd);
    holders.record(digest, "one", 10);
    holders.record(digest, "two:7071", 10);
    assertThat(holders.of(digest)).containsExactlyInAnyOrder("one", "two:7071");

    holders.forget(digest, "one");
    holders.forget(digest, "never");
    assertThat(holders.of(digest)).containsExactly("two:7071");

    holders.forgetAll(digest);
    assertThat(holders.of(digest)).isEmpty();
  }

  @Test
  void allAreFoundHoweverManyThereAre() {
    // Given
    var holders = new EtcdPackageHolders(etcd, 2);
    var digests = List.of(digest, Pack.ofBytes(10).digest(), Pack.ofBytes(11).digest());
    digests.forEach(each -> holders.record(each, "one", 10));
    holders.record(digest, "two", 10);

    // When
    var all = holders.all();

    // Then
    assertThat(all.keySet()).containsAll(digests);
    assertThat(all.get(digest)).containsExactlyInAnyOrder("one", "two");
    digests.forEach(holders::forgetAll);
  }

  @Test
  void foreignKeysAndValuesAreNotSeen() {
    // Given
    var holders = new EtcdPackageHolders(etcd);
    put(Keys.holders(digest) + "one", "no json");
    put(Keys.holders(digest) + "two", "{\"size\":\"large\"}");
    put(Keys.holders(digest) + "three/four", "{\"size\":1}");
    put(Keys.holders("0") + "one", "{\"size\":1}");

    // When
    var all = holders.all();

    // Then
    assertThat(all).doesNotContainKeys(digest, "0");
    assertThat(holders.of(digest)).isEmpty();
    holders.forgetAll(digest);
    holders.forgetAll("0");
  }

  @Test
  void neitherOneselfNorWhoDrainsIsAPeer() {
    // Given
    var id = UUID.randomUUID().toString();
    var other = new EngineRecord("other-" + id, "127.0.0.1:1", "1", "6", "now", false);
    var self = new EngineRecord("self-" + id, "127.0.0.1:2", "1", "6", "now", false);
    var peer = new Peer(other.name(), other.address());
    try (var peers = new EtcdPeers(etcd, self.name())) {
      put(Keys.engine(self.name()), self.encode());
      put(Keys.engine("foreign-" + id), "no json");
      put(Keys.engine(other.name()), other.encode());
      await().until(() -> peers.live().contains(peer));
      assertThat(peers.live()).noneMatch(each -> each.name().startsWith("self-" + id));
      assertThat(peers.live()).noneMatch(each -> each.name().startsWith("foreign-"));

      // When
      put(Keys.engine(other.name()), other.asDraining().encode());

      // Then
      await().until(() -> !peers.live().contains(peer));
    } finally {
      for (var name : Set.of(self.name(), other.name(), "foreign-" + id)) {
        var _ = etcd.call(client -> client.getKVClient().delete(Keys.bytes(Keys.engine(name))));
      }
    }
  }

  private static void put(String key, String value) {
    var _ = etcd.call(client -> client.getKVClient().put(Keys.bytes(key), Keys.bytes(value)));
  }
}
