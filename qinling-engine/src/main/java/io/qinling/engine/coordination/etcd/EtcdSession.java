// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.etcd;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.qinling.engine.coordination.Coordination;
import io.qinling.error.QinlingException;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The lease of this engine, kept alive by a thread of its own. The session lasts, as far as this
 * engine can prove, for the lease's time to live since the last request that etcd has answered was
 * <em>sent</em>: etcd counts from when it arrived, which is later.
 */
final class EtcdSession implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(EtcdSession.class);
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** How often the lease is renewed within its time to live. */
  private static final int RENEWALS = 4;

  /** A session that was granted; it is over for this engine when the time has come. */
  private record Granted(long session, long lease, long provenUntilNanos) {}

  private static final Granted NONE = new Granted(Coordination.NO_SESSION, 0, 0);

  private final Etcd etcd;
  private final Duration ttl;
  private final LongSupplier nanoTime;
  private final Runnable began;
  private volatile EngineRecord self;
  private volatile Granted granted = NONE;

  // Touched by the session's thread only.
  private long sessions;
  private boolean registeredBefore;
  private boolean toldOfNamesake;
  private Thread thread;

  /**
   * @param began called on the session's thread when a session has begun
   */
  EtcdSession(Etcd etcd, EngineRecord self, Duration ttl, LongSupplier nanoTime, Runnable began) {
    this.etcd = etcd;
    this.self = self;
    this.ttl = ttl;
    this.nanoTime = nanoTime;
    this.began = began;
  }

  void start() {
    thread = Thread.ofVirtual().name("etcd session").start(this::keep);
  }

  /** As {@link Coordination#session}. */
  long current() {
    var now = granted;
    return now.provenUntilNanos() - nanoTime.getAsLong() > 0
        ? now.session()
        : Coordination.NO_SESSION;
  }

  /** The lease of the session, as long as it is the current one. */
  long lease(long session) {
    var now = granted;
    return now.session() == session ? now.lease() : 0;
  }

  String engine() {
    return self.name();
  }

  private void keep() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        if (granted.session() == Coordination.NO_SESSION) {
          register();
        } else {
          renew();
        }
      } catch (QinlingException away) {
        LOG.debug("The session waits for etcd", away);
        pause(PAUSE);
      } catch (RuntimeException defect) {
        LOG.error("The session met a defect and goes on", defect);
        pause(PAUSE);
      }
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void register() {
    long asked = nanoTime.getAsLong();
    long lease = etcd.call(client -> client.getLeaseClient().grant(ttl.toSeconds())).getID();
    var earlier = putIfAbsent(lease);
    if (earlier.isEmpty()) {
      granted = new Granted(++sessions, lease, asked + ttl.toNanos());
      registeredBefore = true;
      toldOfNamesake = false;
      LOG.infof("The engine is known to the others: engine=%s session=%d", self.name(), sessions);
      began.run();
      return;
    }
    revoke(lease);
    if (isOurs(earlier.get())) {
      revoke(earlier.get().getLease());
    } else {
      tellOfNamesake(earlier.get());
      pause(PAUSE);
    }
  }

  /** Registers this engine; the answer is who has its name already. */
  private Optional<KeyValue> putIfAbsent(long lease) {
    var key = Keys.bytes(Keys.engine(self.name()));
    TxnResponse answer =
        etcd.call(client ->
            client
                .getKVClient()
                .txn()
                .If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0)))
                .Then(Op.put(key, Keys.bytes(self.encode()), withLease(lease)))
                .Else(Op.get(key, GetOption.DEFAULT))
                .commit());
    return answer.isSucceeded()
        ? Optional.empty()
        : answer.getGetResponses().getFirst().getKvs().stream().findFirst();
  }

  /**
   * Whether a registration is one that this engine left: its own of a session that was lost, or, at
   * the start, that of an earlier process on the same address, which cannot live any more since
   * this one listens there.
   */
  private boolean isOurs(KeyValue registered) {
    if (registered.getLease() == 0) {
      return false;
    }
    return EngineRecord.decode(Keys.text(registered.getKey()), Keys.text(registered.getValue()))
        .filter(engine ->
            engine.instance().equals(self.instance())
                || (!registeredBefore && engine.address().equals(self.address())))
        .isPresent();
  }

  private void tellOfNamesake(KeyValue registered) {
    if (!toldOfNamesake) {
      toldOfNamesake = true;
      LOG.errorf(
          "Another engine has this engine's name, so this one serves nothing until it is gone; give"
              + " each an [engine] name of its own: engine=%s other=%s",
          self.name(), Keys.text(registered.getValue()));
    }
  }

  private void renew() {
    pause(ttl.dividedBy(RENEWALS));
    if (Thread.currentThread().isInterrupted()) {
      return;
    }
    var now = granted;
    long asked = nanoTime.getAsLong();
    if (isAlive(now.lease())) {
      granted = new Granted(now.session(), now.lease(), asked + ttl.toNanos());
    } else {
      granted = NONE;
      LOG.warnf("The engine's session ended, a new one begins: engine=%s", self.name());
    }
  }

  /** Renews the lease; false when etcd has ended it. */
  private boolean isAlive(long lease) {
    return etcd.call(client -> client.getLeaseClient().keepAliveOnce(lease)).getTTL() > 0;
  }

  /** Tells the others that this engine takes nothing new. */
  void drain() {
    self = self.asDraining();
    var now = granted;
    if (now.session() != Coordination.NO_SESSION) {
      var key = Keys.bytes(Keys.engine(self.name()));
      var _ =
          etcd.call(client ->
              client.getKVClient().put(key, Keys.bytes(self.encode()), withLease(now.lease())));
    }
  }

  private static PutOption withLease(long lease) {
    return PutOption.builder().withLeaseId(lease).build();
  }

  private void revoke(long lease) {
    var _ = etcd.call((Client client) -> client.getLeaseClient().revoke(lease));
  }

  /** Ends the session, so that others need not wait for its end. */
  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
    var last = granted;
    granted = NONE;
    if (last.session() != Coordination.NO_SESSION) {
      try {
        revoke(last.lease());
      } catch (QinlingException away) {
        LOG.warn("The session could not be ended; it ends by itself");
      }
    }
  }
}
