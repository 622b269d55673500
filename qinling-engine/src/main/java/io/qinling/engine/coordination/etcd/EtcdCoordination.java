// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.coordination.etcd;

import static io.qinling.etcd.Keys.bytes;
import static io.qinling.etcd.Keys.text;

import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.qinling.engine.coordination.Assignment;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.coordination.Ownership;
import io.qinling.engine.coordination.Ownership.Owned;
import io.qinling.engine.coordination.Ownership.OwnedByAnother;
import io.qinling.engine.function.FunctionKey;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import io.qinling.etcd.EngineRecord;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.Keys;
import io.qinling.etcd.PrefixWatch;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Coordination by etcd, see {@link Keys} for what is kept there. */
public final class EtcdCoordination implements Coordination {
  private static final Logger LOG = Logger.getLogger(EtcdCoordination.class);

  private final Etcd etcd;
  private final EtcdSession session;
  private final ConcurrentMap<FunctionKey, Long> sessionByOwned = new ConcurrentHashMap<>();
  private Listener listener;
  private PrefixWatch owners;

  /**
   * @param self how this engine is known to the others; {@code instance} must be another one for
   *     each process
   * @param ttl time to live of the session, in whole seconds
   * @param nanoTime as {@link System#nanoTime}
   */
  public EtcdCoordination(Etcd etcd, EngineRecord self, Duration ttl, LongSupplier nanoTime) {
    this.etcd = etcd;
    this.session = new EtcdSession(etcd, self, ttl, nanoTime, this::sessionBegan);
  }

  private void sessionBegan() {
    listener.sessionBegan();
  }

  @Override
  public void listen(Listener whoIsTold) {
    this.listener = whoIsTold;
  }

  @Override
  public void start() {
    session.start();
    owners = new PrefixWatch(etcd, Keys.OWNERS, new OwnerChanges());
  }

  /** Notices when a key that this engine put is changed by somebody who should not. */
  private final class OwnerChanges implements PrefixWatch.Listener {
    @Override
    public void present(String key, String value) {
      if (!value.equals(session.engine())) {
        changed(key);
      }
    }

    @Override
    public void gone(String key) {
      changed(key);
    }

    private void changed(String key) {
      functionOf(key)
          .filter(function -> Objects.equals(sessionByOwned.get(function), session.current()))
          .ifPresent(function -> {
            LOG.warnf("Somebody else changed an owner in etcd: function=%s", function);
            sessionByOwned.remove(function);
            listener.ownershipChanged(function);
          });
    }
  }

  private static Optional<FunctionKey> functionOf(String key) {
    try {
      return Keys.ownedFunction(key).map(EtcdCoordination::parse);
    } catch (IllegalArgumentException foreign) {
      return Optional.empty();
    }
  }

  private static FunctionKey parse(String function) {
    int slash = function.indexOf('/');
    return new FunctionKey(
        function.substring(0, slash), Integer.parseInt(function.substring(slash + 1)));
  }

  @Override
  public long session() {
    return session.current();
  }

  @Override
  public Ownership own(FunctionKey function) {
    long current = requireSession();
    var key = bytes(Keys.owner(function.functionId(), function.version()));
    var option = PutOption.builder().withLeaseId(session.lease(current)).build();
    TxnResponse answer =
        etcd.call(client ->
            client
                .getKVClient()
                .txn()
                .If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0)))
                .Then(Op.put(key, bytes(session.engine()), option))
                .Else(Op.get(key, GetOption.DEFAULT))
                .commit());
    if (answer.isSucceeded()) {
      return owned(function, current);
    }
    var found = answer.getGetResponses().getFirst().getKvs().stream().findFirst();
    if (found.isEmpty()) {
      return new OwnedByAnother("");
    }
    if (found.get().getLease() == session.lease(current)) {
      return owned(function, current);
    }
    if (found.get().getLease() == 0) {
      LOG.warnf(
          "An owner in etcd that is not an engine's is removed: function=%s value=%s",
          function, text(found.get().getValue()));
      removeUnchanged(found.get());
      return own(function);
    }
    return new OwnedByAnother(addressOf(text(found.get().getValue())));
  }

  private Ownership owned(FunctionKey function, long current) {
    sessionByOwned.put(function, current);
    return new Owned(current);
  }

  private long requireSession() {
    long current = session.current();
    if (current == NO_SESSION) {
      throw new QinlingException(
          ErrorCode.UNAVAILABLE,
          "The engine has no session: it cannot reach the coordination between engines, or another"
              + " engine has its name");
    }
    return current;
  }

  private void removeUnchanged(KeyValue found) {
    var unchanged =
        new Cmp(found.getKey(), Cmp.Op.EQUAL, CmpTarget.modRevision(found.getModRevision()));
    var _ =
        etcd.call(client ->
            client
                .getKVClient()
                .txn()
                .If(unchanged)
                .Then(Op.delete(found.getKey(), DeleteOption.DEFAULT))
                .commit());
  }

  private String addressOf(String engine) {
    var key = Keys.engine(engine);
    return etcd.call(client -> client.getKVClient().get(bytes(key))).getKvs().stream()
        .findFirst()
        .flatMap(entry -> EngineRecord.decode(key, text(entry.getValue())))
        .map(EngineRecord::address)
        .orElse("");
  }

  @Override
  public Optional<String> ownerElsewhere(FunctionKey function) {
    var key = Keys.owner(function.functionId(), function.version());
    return etcd.call(client -> client.getKVClient().get(bytes(key))).getKvs().stream()
        .findFirst()
        .map(entry -> text(entry.getValue()))
        .filter(owner -> !owner.equals(session.engine()))
        .map(this::addressOf)
        .filter(address -> !address.isEmpty());
  }

  @Override
  public void disown(FunctionKey function) {
    var ownedIn = sessionByOwned.remove(function);
    if (ownedIn == null || session.lease(ownedIn) == 0) {
      return;
    }
    var key = bytes(Keys.owner(function.functionId(), function.version()));
    var isOurs = new Cmp(key, Cmp.Op.EQUAL, CmpTarget.value(bytes(session.engine())));
    var _ =
        etcd.call(client ->
            client
                .getKVClient()
                .txn()
                .If(isOurs)
                .Then(Op.delete(key, DeleteOption.DEFAULT))
                .commit());
  }

  @Override
  public void drain() {
    session.drain();
  }

  /**
   * The claim's key makes the worker this function's alone; the owner's key that it is still ours.
   */
  @Override
  public boolean assign(Assignment assignment) {
    var function = assignment.function();
    var claim = bytes(Keys.claim(assignment.worker()));
    var owner = bytes(Keys.owner(function.functionId(), function.version()));
    TxnResponse answer =
        etcd.call(client ->
            client
                .getKVClient()
                .txn()
                .If(
                    new Cmp(claim, Cmp.Op.EQUAL, CmpTarget.version(0)),
                    new Cmp(owner, Cmp.Op.EQUAL, CmpTarget.value(bytes(session.engine()))))
                .Then(
                    Op.put(claim, bytes(function.toString()), PutOption.DEFAULT),
                    Op.put(
                        bytes(Assignments.key(assignment)),
                        bytes(Assignments.encode(assignment)),
                        PutOption.DEFAULT))
                .commit());
    return answer.isSucceeded();
  }

  @Override
  public void unassign(String worker, FunctionKey function) {
    var claim = bytes(Keys.claim(worker));
    var isThisFunctions = new Cmp(claim, Cmp.Op.EQUAL, CmpTarget.value(bytes(function.toString())));
    var key = bytes(Keys.workers(function.functionId(), function.version()) + worker);
    var _ =
        etcd.call(client ->
            client
                .getKVClient()
                .txn()
                .If(isThisFunctions)
                .Then(Op.delete(claim, DeleteOption.DEFAULT), Op.delete(key, DeleteOption.DEFAULT))
                .Else(Op.delete(key, DeleteOption.DEFAULT))
                .commit());
  }

  @Override
  public List<Assignment> assigned(FunctionKey function) {
    var prefix = Keys.workers(function.functionId(), function.version());
    var all = GetOption.builder().isPrefix(true).build();
    return etcd.call(client -> client.getKVClient().get(bytes(prefix), all)).getKvs().stream()
        .map(entry ->
            Assignments.decode(
                text(entry.getKey()).substring(prefix.length()), function, text(entry.getValue())))
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public int provisioned(FunctionKey function) {
    var key = Keys.provisioned(function.functionId(), function.version());
    return etcd.call(client -> client.getKVClient().get(bytes(key))).getKvs().stream()
        .findFirst()
        .map(entry -> number(key, text(entry.getValue())))
        .orElse(0);
  }

  private static int number(String key, String value) {
    try {
      return Math.max(0, Integer.parseInt(value));
    } catch (NumberFormatException foreign) {
      LOG.warnf("A number of provisioned workers in etcd is none: key=%s value=%s", key, value);
      return 0;
    }
  }

  @Override
  public void provision(FunctionKey function, int workers) {
    var key = bytes(Keys.provisioned(function.functionId(), function.version()));
    if (workers == 0) {
      var _ = etcd.call(client -> client.getKVClient().delete(key));
    } else {
      var _ = etcd.call(client -> client.getKVClient().put(key, bytes(Integer.toString(workers))));
    }
  }

  @Override
  public void close() {
    if (owners != null) {
      owners.close();
    }
    session.close();
  }
}
