// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.worker;

import static java.net.HttpURLConnection.HTTP_OK;

import io.netty.handler.codec.http.FullHttpRequest;
import io.qinling.engine.download.PackageLink;
import io.qinling.engine.download.PackageLinks;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Worker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** Loads functions into workers of version 1. Safe for use by any thread. */
final class Version1Client {
  private static final Logger LOG = Logger.getLogger(Version1Client.class);

  /** A sidecar listens some time after its pod has started. */
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** Upstream's Python images run so many executions at a time; the next one waits unseen. */
  private static final int MOST_SLOTS = 5;

  private final WorkerClient client;
  private final WorkerLimits limits;
  private final PackageLinks links;

  Version1Client(WorkerClient client, WorkerLimits limits, PackageLinks links) {
    this.client = client;
    this.limits = limits;
    this.links = links;
  }

  /** As {@link WorkerClient#load}. */
  LoadedWorker load(Worker worker, FunctionVersion function, int slots) {
    long giveUpAt = System.nanoTime() + limits.loadTimeout().toNanos();
    while (true) {
      var link = links.issue(function.packageDigest(), worker.name());
      var reply = askToLoad(worker, function, link, giveUpAt - System.nanoTime());
      var transfer = links.transfer(link);
      if (transfer.isPresent()) {
        requireDone(worker, transfer.get());
        if (!Version1Replies.isLoaded(reply)) {
          throw notLoaded(worker, "it cannot use it and answers with status " + reply.status());
        }
        return new Version1Worker(
            worker, function, Math.min(slots, MOST_SLOTS), client, limits, links);
      }
      if (System.nanoTime() + PAUSE.toNanos() > giveUpAt) {
        throw notLoaded(worker, "nobody has come for it; see [engine] package_address");
      }
      pause();
    }
  }

  private Reply askToLoad(Worker worker, FunctionVersion function, PackageLink link, long nanos) {
    var patience = Duration.ofNanos(nanos);
    var request = Version1Requests.load(worker, function, link, limits.loadTimeout());
    try {
      return exchange(worker, request, patience).join();
    } catch (CompletionException lost) {
      throw notLoaded(worker, lost.getCause().getMessage());
    }
  }

  private void requireDone(Worker worker, CompletableFuture<Void> transfer) {
    try {
      transfer.get(limits.grace().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException broken) {
      throw notLoaded(worker, "its transfer was broken off");
    } catch (InterruptedException stopping) {
      throw stopping(stopping);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException stopping) {
      throw stopping(stopping);
    }
  }

  private static WorkerLostException stopping(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new WorkerLostException("The engine is stopping", cause);
  }

  private static FunctionLoadException notLoaded(Worker worker, String reason) {
    LOG.warnf("A worker has not got its package: worker=%s reason=%s", worker, reason);
    return new FunctionLoadException("Failed to download function package.", "");
  }

  /** As {@link WorkerClient#adopt}, for a worker that was claimed for the function. */
  LoadedWorker adopt(Worker worker, FunctionVersion function, int slots) {
    try {
      var reply = exchange(worker, Version1Requests.ping(worker), limits.grace()).join();
      if (reply.status() == HTTP_OK) {
        return new Version1Worker(
            worker, function, Math.min(slots, MOST_SLOTS), client, limits, links);
      }
      throw new WorkerLostException("The worker answered " + reply.status() + " to a ping", null);
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
  }

  private CompletableFuture<Reply> exchange(
      Worker worker, FullHttpRequest request, Duration patience) {
    return client
        .connect(worker)
        .thenCompose(connection ->
            connection.send(request, patience).whenComplete((_, _) -> connection.close()));
  }
}
