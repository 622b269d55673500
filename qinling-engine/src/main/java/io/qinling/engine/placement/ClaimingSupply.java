// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.coordination.Coordination;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Orchestrator;
import io.qinling.engine.orchestrator.Worker;
import io.qinling.engine.orchestrator.WorkerNeeds;
import io.qinling.engine.storage.PackageStore;
import io.qinling.engine.storage.PackageStore.StoredPackage;
import io.qinling.engine.worker.LoadedWorker;
import io.qinling.engine.worker.WorkerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.concurrent.Executor;

/**
 * A cold start: takes a worker out of its pool, has the coordination confirm that nobody else has
 * it, and loads the function into it.
 */
public final class ClaimingSupply implements WorkerSupply {
  private final Orchestrator orchestrator;
  private final Coordination coordination;
  private final PackageStore packages;
  private final WorkerClient client;
  private final PlacementLimits limits;
  private final Executor blocking;

  public ClaimingSupply(
      Orchestrator orchestrator,
      Coordination coordination,
      PackageStore packages,
      WorkerClient client,
      PlacementLimits limits,
      Executor blocking) {
    this.orchestrator = orchestrator;
    this.coordination = coordination;
    this.packages = packages;
    this.client = client;
    this.limits = limits;
    this.blocking = blocking;
  }

  @Override
  public LoadedWorker claim(FunctionVersion function, Runnable taken) {
    try (var code = open(function)) {
      var needs =
          new WorkerNeeds(limits.slotsPerWorker(), function.cpuMillis(), function.memoryBytes());
      var worker = take(function, needs);
      taken.run();
      try {
        return client.load(
            worker,
            function,
            code,
            needs.slots(),
            () -> blocking.execute(() -> orchestrator.relieve(worker)));
      } catch (IOException | RuntimeException failed) {
        end(worker);
        throw failed;
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private Worker take(FunctionVersion function, WorkerNeeds needs) {
    var taken = new ArrayList<String>();
    try {
      return orchestrator.claim(
          function.pool(),
          needs,
          candidate -> {
            taken.add(candidate.name());
            return coordination.assign(candidate.name(), function.key());
          },
          limits.maxWait());
    } catch (RuntimeException failed) {
      // The orchestrator has ended what it gave up after it was taken.
      coordination.assigned(function.key()).stream()
          .filter(taken::contains)
          .forEach(coordination::unassign);
      throw failed;
    }
  }

  private StoredPackage open(FunctionVersion function) throws IOException {
    return packages
        .open(function.packageDigest())
        .orElseThrow(
            () -> new IOException("The package of function " + function.key() + " is not stored"));
  }

  @Override
  public void release(LoadedWorker loaded) {
    loaded.close();
    end(loaded.worker());
  }

  @Override
  public void onRoom(Runnable action) {
    orchestrator.onRoom(action);
  }

  private void end(Worker worker) {
    orchestrator.release(worker);
    coordination.unassign(worker.name());
  }
}
