// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.replicated;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.qinling.engine.storage.PackageHolders;
import io.qinling.engine.storage.Peer;
import io.qinling.engine.storage.Peers;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Makes what etcd says of this engine true, and second copies of packages that only this engine
 * has; so each copy is made by one engine. Runs when asked to, a while later and once for all that
 * asked meanwhile; what it could not do it tries again, ever more seldom.
 */
final class PackageRepair {
  private static final Logger LOG = Logger.getLogger(PackageRepair.class);
  private static final int COPIES_AT_A_TIME = 3;
  private static final int LONGEST_BACKOFF = 64;

  private final RegisteredPackages own;
  private final PackageHolders holders;
  private final String self;
  private final Peers peers;
  private final PackageCopies copies;
  private final ExecutorService blocking;
  private final ScheduledExecutorService timer;
  private final Duration delay;
  private final AtomicBoolean due = new AtomicBoolean();
  private final ReentrantLock running = new ReentrantLock();

  /** In delays; guarded by {@link #running}. */
  private int backoff = 1;

  /** Guarded by {@link #running}. */
  private Future<?> retry = CompletableFuture.completedFuture(null);

  /**
   * @param delay waits for what else changes, and for an engine that is only started anew
   */
  PackageRepair(
      RegisteredPackages own,
      PackageHolders holders,
      String self,
      Peers peers,
      PackageCopies copies,
      ExecutorService blocking,
      ScheduledExecutorService timer,
      Duration delay) {
    this.own = own;
    this.holders = holders;
    this.self = self;
    this.peers = peers;
    this.copies = copies;
    this.blocking = blocking;
    this.timer = timer;
    this.delay = delay;
  }

  /** Has it run soon. Never blocks. */
  void soon() {
    if (due.compareAndSet(false, true)) {
      timer.schedule(() -> blocking.execute(this::run), delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void run() {
    running.lock();
    try {
      due.set(false);
      retry.cancel(false);
      if (complete()) {
        backoff = 1;
      } else {
        backoff = Math.min(2 * backoff, LONGEST_BACKOFF);
        retry = timer.schedule(this::soon, delay.toMillis() * backoff, TimeUnit.MILLISECONDS);
      }
    } finally {
      running.unlock();
    }
  }

  private boolean complete() {
    try {
      var kept = own.digests();
      var known = holders.all();
      register(kept, known);
      return copy(lonely(kept, known));
    } catch (QinlingException away) {
      LOG.debugf("Copies of packages wait for etcd: reason=%s", away.getMessage());
    } catch (IOException unreadable) {
      LOG.warnf(
          "The package store cannot be read, see [storage] file_system_dir: reason=%s", unreadable);
    } catch (RuntimeException defect) {
      LOG.error("Copies of packages were not made", defect);
    }
    return false;
  }

  /** What was read is not of one moment, so it only tells which to look at. */
  private void register(Set<String> kept, Map<String, Set<String>> known) throws IOException {
    for (var digest : kept) {
      if (!known.getOrDefault(digest, Set.of()).contains(self)) {
        own.register(digest);
      }
    }
    for (var recorded : known.entrySet()) {
      if (recorded.getValue().contains(self) && !kept.contains(recorded.getKey())) {
        own.register(recorded.getKey());
      }
    }
  }

  private List<String> lonely(Set<String> kept, Map<String, Set<String>> known) {
    var others = peers.live().stream().map(Peer::name).collect(toUnmodifiableSet());
    return kept.stream()
        .filter(digest -> Collections.disjoint(known.getOrDefault(digest, Set.of()), others))
        .toList();
  }

  /** False when a peer lives that should have got one and did not. */
  private boolean copy(List<String> lonely) {
    Set<Peer> candidates = ConcurrentHashMap.newKeySet();
    candidates.addAll(peers.live());
    if (candidates.isEmpty() || lonely.isEmpty()) {
      return true;
    }
    Set<String> copied = ConcurrentHashMap.newKeySet();
    var free = new Semaphore(COPIES_AT_A_TIME);
    for (var digest : lonely) {
      free.acquireUninterruptibly();
      if (candidates.isEmpty()) {
        free.release();
        break;
      }
      blocking.execute(() -> {
        try {
          if (copies.send(digest, candidates)) {
            copied.add(digest);
          }
        } catch (IOException unreadable) {
          LOG.warnf("A package cannot be read: digest=%s reason=%s", digest, unreadable);
        } finally {
          free.release();
        }
      });
    }
    free.acquireUninterruptibly(COPIES_AT_A_TIME);
    LOG.infof(
        "Second copies of packages were made: copies=%d missing=%d",
        copied.size(), lonely.size() - copied.size());
    return copied.size() == lonely.size();
  }
}
