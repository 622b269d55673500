// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.orchestrator.ClaimedWorker;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Ends claimed workers that nobody uses: their engine died between the claim and its record, or it
 * died and their function was not called again. Safe for use by any thread.
 */
public final class Leftovers {
  private static final Logger LOG = Logger.getLogger(Leftovers.class);

  /** A cold start takes less. */
  private static final Duration UNRECORDED = Duration.ofMinutes(2);

  private final Orchestrator orchestrator;
  private final Coordination coordination;
  private final Predicate<FunctionKey> isServedHere;
  private final Duration idleExpiry;
  private final LongSupplier nanoTime;

  private final ReentrantLock looking = new ReentrantLock();

  /** Since when a worker is seen to be unused; guarded by the lock. */
  private final Map<ClaimedWorker, Long> unusedSince = new HashMap<>();

  /**
   * @param isServedHere whether this engine serves a function version
   * @param idleExpiry how long a function version keeps workers that nobody calls
   */
  public Leftovers(
      Orchestrator orchestrator,
      Coordination coordination,
      Predicate<FunctionKey> isServedHere,
      Duration idleExpiry,
      LongSupplier nanoTime) {
    this.orchestrator = orchestrator;
    this.coordination = coordination;
    this.isServedHere = isServedHere;
    this.idleExpiry = idleExpiry;
    this.nanoTime = nanoTime;
  }

  /** Looks at all claimed workers, unless that is being done. Blocks. */
  public void look() {
    if (!looking.tryLock()) {
      return;
    }
    try {
      var claimed = orchestrator.claimed();
      unusedSince.keySet().retainAll(claimed);
      claimed.stream()
          .collect(
              Collectors.groupingBy(
                  worker -> new FunctionKey(worker.functionId(), worker.version())))
          .forEach((function, workers) -> {
            var recorded =
                coordination.assigned(function).stream()
                    .map(assignment -> assignment.worker())
                    .collect(Collectors.toSet());
            boolean served =
                isServedHere.test(function) || coordination.ownerElsewhere(function).isPresent();
            for (var worker : workers) {
              consider(worker, function, recorded.contains(worker.worker()), served);
            }
          });
    } catch (QinlingException away) {
      LOG.debugf("Leftovers are looked for later: reason=%s", away.getMessage());
    } finally {
      looking.unlock();
    }
  }

  private void consider(
      ClaimedWorker worker, FunctionKey function, boolean recorded, boolean served) {
    if (recorded && served) {
      unusedSince.remove(worker);
      return;
    }
    long now = nanoTime.getAsLong();
    long since = unusedSince.computeIfAbsent(worker, _ -> now);
    var patience = recorded ? idleExpiry : UNRECORDED;
    if (now - since >= patience.toNanos()) {
      LOG.infof(
          "A worker that nobody uses is ended: worker=%s function=%s", worker.worker(), function);
      orchestrator.find(worker.worker()).ifPresent(orchestrator::release);
      coordination.unassign(worker.worker(), function);
    }
  }
}
