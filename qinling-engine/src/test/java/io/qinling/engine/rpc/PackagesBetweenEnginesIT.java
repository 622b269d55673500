// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.qinling.engine.coordination.etcd.TestEtcd;
import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.Peers;
import io.qinling.engine.storage.replicated.EtcdPackageHolders;
import io.qinling.engine.storage.replicated.EtcdPeers;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class PackagesBetweenEnginesIT extends PackagesBetweenEnginesContract {
  private static Etcd etcd;

  private final Map<String, EtcdPeers> views = new HashMap<>();

  @BeforeAll
  static void connect() {
    etcd = new Etcd(TestEtcd.addresses());
  }

  @AfterAll
  static void disconnect() {
    etcd.close();
  }

  @AfterEach
  void unwatch() {
    views.values().forEach(EtcdPeers::close);
  }

  @Override
  PackageHolders holders() {
    return new EtcdPackageHolders(etcd);
  }

  @Override
  Peers peersOf(String name) {
    return views.computeIfAbsent(name, each -> new EtcdPeers(etcd, each));
  }

  @Override
  void join(Peer engine) {
    var value = new EngineRecord(engine.name(), engine.address(), "1", "6", "now", false).encode();
    var _ =
        etcd.call(client ->
            client.getKVClient().put(Keys.bytes(Keys.engine(engine.name())), Keys.bytes(value)));
  }

  @Override
  void leave(Peer engine) {
    var _ =
        etcd.call(client -> client.getKVClient().delete(Keys.bytes(Keys.engine(engine.name()))));
  }
}
