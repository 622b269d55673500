// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.error.ErrorCode;
import io.qinling.error.NotOwnerException;
import io.qinling.error.QinlingException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The placements of all function versions that this engine serves. Safe for use by any thread;
 * never blocks.
 */
public final class Placements implements Coordination.Listener {
  private static final Logger LOG = Logger.getLogger(Placements.class);

  private final ConcurrentMap<FunctionKey, Placement> placements = new ConcurrentHashMap<>();
  private final PlacementLimits limits;
  private final WorkerSupply supply;
  private final Claims claims;
  private final Coordination coordination;
  private final Executor blocking;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;
  private final ReentrantLock storing = new ReentrantLock();
  private volatile QinlingException closing;

  /**
   * @param blocking runs what blocks; unbounded, as virtual threads are
   * @param timer ends waits
   * @param nanoTime as {@link System#nanoTime}
   */
  public Placements(
      PlacementLimits limits,
      WorkerSupply supply,
      Coordination coordination,
      Executor blocking,
      ScheduledExecutorService timer,
      LongSupplier nanoTime) {
    this.limits = limits;
    this.supply = supply;
    this.coordination = coordination;
    this.blocking = blocking;
    this.timer = timer;
    this.nanoTime = nanoTime;
    this.claims =
        new Claims(
            supply,
            blocking,
            placements::values,
            (nanos, action) -> timer.schedule(action, nanos, TimeUnit.NANOSECONDS));
  }

  /** Asks for a slot on a worker of the function version. */
  public void acquire(FunctionVersion function, Waiter waiter) {
    if (closing != null) {
      waiter.failed(closing);
      return;
    }
    placement(function.key()).acquire(function, waiter, () -> acquire(function, waiter));
  }

  /**
   * Has a wait ended when it has lasted as long as any may. Called for those who were not served at
   * once.
   *
   * @param end gets the reason; must not block
   * @return cancels the limit
   */
  public Runnable limitWait(Consumer<QinlingException> end) {
    var reason =
        new QinlingException(
            ErrorCode.OVERLOADED,
            "No worker became free within "
                + limits.maxWait().toSeconds()
                + " seconds; try again later");
    var limit =
        timer.schedule(
            () -> end.accept(reason), limits.maxWait().toMillis(), TimeUnit.MILLISECONDS);
    return () -> limit.cancel(false);
  }

  /** Ends a wait; does nothing when it is over. */
  public void abandon(FunctionKey key, Waiter waiter, QinlingException reason) {
    var placement = placements.get(key);
    if (placement != null) {
      placement.abandon(waiter, reason);
    }
  }

  @Override
  public void sessionBegan() {
    placements.values().forEach(Placement::verifyOwnership);
  }

  @Override
  public void ownershipChanged(FunctionKey key) {
    var placement = placements.get(key);
    if (placement != null) {
      placement.verifyOwnership();
    }
  }

  /** Whether this engine serves a function version, or did a moment ago. */
  public boolean serves(FunctionKey key) {
    return placements.containsKey(key);
  }

  /**
   * Makes sure that no other engine has the workers of a function version. Blocks.
   *
   * @throws io.qinling.error.NotOwnerException when one has
   */
  public void requireNotElsewhere(FunctionKey key) {
    if (!placements.containsKey(key)) {
      coordination
          .ownerElsewhere(key)
          .ifPresent(address -> {
            throw new NotOwnerException(address);
          });
    }
  }

  /**
   * Has the function version keep so many workers more than it has; the answer is how many of them
   * could not be claimed in time.
   */
  public CompletableFuture<Integer> scaleUp(FunctionVersion function, int count) {
    var missing = new CompletableFuture<Integer>();
    scaleUp(function, count, missing);
    return missing;
  }

  private void scaleUp(FunctionVersion function, int count, CompletableFuture<Integer> missing) {
    placement(function.key())
        .scaleUp(
            function,
            count,
            end -> limitScaleUp(end, missing),
            missing,
            () -> scaleUp(function, count, missing));
  }

  private void limitScaleUp(Runnable end, CompletableFuture<Integer> missing) {
    if (!missing.isDone()) {
      var limit = timer.schedule(end, limits.maxWait().toMillis(), TimeUnit.MILLISECONDS);
      missing.whenComplete((count, failure) -> limit.cancel(false));
    }
  }

  /** Gives back up to so many workers, but leaves one. */
  public void scaleDown(FunctionKey key, int count) {
    var placement = placements.get(key);
    if (placement != null) {
      placement.scaleDown(count);
    }
  }

  /**
   * Gives back all workers, and keeps none any more; running executions end first. What an earlier
   * owner left is ended too. Fails with {@link io.qinling.error.NotOwnerException} when another
   * engine has the function version.
   */
  public CompletableFuture<Void> release(FunctionKey key) {
    var released = new CompletableFuture<Void>();
    release(key, released);
    return released;
  }

  private void release(FunctionKey key, CompletableFuture<Void> released) {
    if (closing != null) {
      released.completeExceptionally(closing);
      return;
    }
    placement(key).release(released, () -> release(key, released));
  }

  /** Of the workers that serve the function version, or that are left for its next owner. */
  public CompletableFuture<List<String>> workerNames(FunctionKey key) {
    var placement = placements.get(key);
    return placement == null
        ? CompletableFuture.supplyAsync(() -> supply.left(key), blocking)
        : placement.workerNames();
  }

  /** Gives back what has been idle for long. To be called now and then. */
  public void expire() {
    placements.values().forEach(Placement::expire);
  }

  /** Fails all who wait, and asks nothing of the workers any more. For the end of the process. */
  public void close() {
    closing = new QinlingException(ErrorCode.UNAVAILABLE, "The engine is stopping");
    claims.close();
    placements.values().forEach(placement -> placement.close(closing));
  }

  /** Numbers that are set one after the other are stored in this order. */
  private Provision provision(FunctionKey key) {
    var latest = new AtomicInteger();
    return new Provision(workers -> {
      latest.set(workers);
      blocking.execute(() -> store(key, latest));
    });
  }

  private void store(FunctionKey key, AtomicInteger latest) {
    storing.lock();
    try {
      coordination.provision(key, latest.get());
    } catch (QinlingException away) {
      LOG.warnf("Later owners will not know how many workers are provisioned: function=%s", key);
    } finally {
      storing.unlock();
    }
  }

  private Placement placement(FunctionKey function) {
    return placements.computeIfAbsent(
        function,
        key ->
            new Placement(
                key,
                limits,
                supply,
                claims,
                provision(key),
                coordination,
                blocking,
                nanoTime,
                () -> placements.remove(key)));
  }
}
