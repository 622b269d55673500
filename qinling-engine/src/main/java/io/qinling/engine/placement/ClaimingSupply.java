// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Assignment;
import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.ClaimedWorker;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStore.StoredPackage;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.engine.worker.WorkerClient;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * A cold start: takes a worker out of its pool, has the coordination confirm that nobody else has
 * it, and loads the function into it.
 */
public final class ClaimingSupply implements WorkerSupply {
  private static final Logger LOG = Logger.getLogger(ClaimingSupply.class);

  private final Orchestrator orchestrator;
  private final Coordination coordination;
  private final PackageStore packages;
  private final WorkerClient client;
  private final PlacementLimits limits;
  private final Executor blocking;
  private final LongConsumer coldStarts;

  /**
   * @param coldStarts gets the nanoseconds of each claim that got a worker; must not block
   */
  public ClaimingSupply(
      Orchestrator orchestrator,
      Coordination coordination,
      PackageStore packages,
      WorkerClient client,
      PlacementLimits limits,
      Executor blocking,
      LongConsumer coldStarts) {
    this.orchestrator = orchestrator;
    this.coordination = coordination;
    this.packages = packages;
    this.client = client;
    this.limits = limits;
    this.blocking = blocking;
    this.coldStarts = coldStarts;
  }

  @Override
  public LoadedWorker claim(FunctionVersion function, Runnable taken) {
    long begun = System.nanoTime();
    try (var code = open(function)) {
      var needs =
          new WorkerNeeds(
              function.key().functionId(),
              function.key().version(),
              limits.slotsPerWorker(),
              function.cpuMillis(),
              function.memoryBytes());
      var worker = take(function, needs);
      taken.run();
      try {
        var loaded = client.load(worker, function, code, needs.slots(), () -> relieveLater(worker));
        coldStarts.accept(System.nanoTime() - begun);
        return loaded;
      } catch (IOException | RuntimeException failed) {
        end(worker, function.key());
        throw failed;
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void relieveLater(Worker worker) {
    blocking.execute(() -> orchestrator.relieve(worker));
  }

  private Worker take(FunctionVersion function, WorkerNeeds needs) {
    var taken = new ArrayList<String>();
    try {
      return orchestrator.claim(
          function.pool(),
          needs,
          candidate -> {
            taken.add(candidate.name());
            return coordination.assign(assignment(candidate, function));
          },
          limits.maxWait());
    } catch (RuntimeException failed) {
      // The orchestrator has ended what it gave up after it was taken.
      taken.forEach(worker -> unassign(worker, function.key()));
      throw failed;
    }
  }

  private static Assignment assignment(Worker worker, FunctionVersion function) {
    var address = worker.address();
    return new Assignment(
        worker.name(),
        function.key(),
        address.getHostString() + ":" + address.getPort(),
        function.fingerprint());
  }

  @Override
  public List<LoadedWorker> adopt(FunctionVersion function) {
    var adopted = new ArrayList<LoadedWorker>();
    try {
      for (var left : coordination.assigned(function.key())) {
        adopt(left, function).ifPresent(adopted::add);
      }
    } catch (QinlingException away) {
      LOG.warnf("What an earlier owner left is not adopted: function=%s", function.key());
    }
    return adopted;
  }

  private Optional<LoadedWorker> adopt(Assignment left, FunctionVersion function) {
    var found = orchestrator.find(left.worker());
    if (found.isEmpty()) {
      unassign(left.worker(), function.key());
      return Optional.empty();
    }
    var worker = found.get();
    try {
      if (left.loads().equals(function.fingerprint())) {
        var loaded =
            client.adopt(worker, function, limits.slotsPerWorker(), () -> relieveLater(worker));
        LOG.infof("A worker was adopted: worker=%s function=%s", worker, function.key());
        return Optional.of(loaded);
      }
    } catch (RuntimeException failed) {
      LOG.warnf(
          "A worker cannot be adopted and is ended: worker=%s reason=%s",
          worker, failed.getMessage());
    }
    end(worker, function.key());
    return Optional.empty();
  }

  @Override
  public List<String> left(FunctionKey function) {
    return heldFor(function)
        .filter(worker -> orchestrator.find(worker).isPresent())
        .sorted()
        .toList();
  }

  @Override
  public void endLeft(FunctionKey function) {
    heldFor(function)
        .forEach(worker -> {
          orchestrator.find(worker).ifPresent(orchestrator::release);
          unassign(worker, function);
        });
  }

  /** The record of a claimed worker may have gone with its engine, or never been made. */
  private Stream<String> heldFor(FunctionKey function) {
    var assigned = coordination.assigned(function).stream().map(Assignment::worker);
    var claimed =
        orchestrator.claimed().stream()
            .filter(worker ->
                worker.functionId().equals(function.functionId())
                    && worker.version() == function.version())
            .map(ClaimedWorker::worker);
    return Stream.concat(assigned, claimed).distinct();
  }

  private StoredPackage open(FunctionVersion function) throws IOException {
    return packages
        .open(function.packageDigest())
        .orElseThrow(() ->
            new QinlingException(ErrorCode.NOT_FOUND, "The package of the function is not stored"));
  }

  @Override
  public void release(LoadedWorker loaded) {
    loaded.close();
    end(loaded.worker(), loaded.function());
  }

  @Override
  public void onRoom(Runnable action) {
    orchestrator.onRoom(action);
  }

  @Override
  public void handOver(LoadedWorker loaded) {
    if (orchestrator.sharesWorkers()) {
      loaded.close();
    } else {
      release(loaded);
    }
  }

  @Override
  public void leave(LoadedWorker loaded) {
    if (!orchestrator.sharesWorkers()) {
      unassign(loaded.worker().name(), loaded.function());
    }
  }

  private void end(Worker worker, FunctionKey function) {
    orchestrator.release(worker);
    unassign(worker.name(), function);
  }

  /** What is left in etcd is cleaned up by the function version's next owner. */
  private void unassign(String worker, FunctionKey function) {
    try {
      coordination.unassign(worker, function);
    } catch (QinlingException away) {
      LOG.debugf(away, "A worker stays listed for a while: worker=%s", worker);
    }
  }
}
