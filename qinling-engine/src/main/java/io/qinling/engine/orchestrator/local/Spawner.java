// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jboss.logging.Logger;

/**
 * Starts processes from one thread that lives as long as this process. The kernel sends the
 * parent-death signal, by which workers end with the engine, when the <em>thread</em> that started
 * them ends (prctl(2), PR_SET_PDEATHSIG), so no pooled or virtual thread may do it.
 */
final class Spawner {
  private static final Logger LOG = Logger.getLogger(Spawner.class);

  private record Order(ProcessBuilder builder, CompletableFuture<Process> process) {}

  private final LinkedBlockingQueue<Order> orders = new LinkedBlockingQueue<>();

  Spawner() {
    Thread.ofPlatform().name("worker-spawner").daemon().start(this::serve);
  }

  /** Starts a process; blocks until it runs. */
  Process start(ProcessBuilder builder) throws IOException {
    var order = new Order(builder, new CompletableFuture<>());
    orders.add(order);
    try {
      return order.process().join();
    } catch (java.util.concurrent.CompletionException failed) {
      throw new IOException("A process cannot be started", failed.getCause());
    }
  }

  private void serve() {
    while (true) {
      try {
        var order = orders.take();
        try {
          order.process().complete(order.builder().start());
        } catch (IOException | RuntimeException failed) {
          order.process().completeExceptionally(failed);
        }
      } catch (InterruptedException unexpected) {
        LOG.debug("Nothing interrupts this thread", unexpected);
      }
    }
  }
}
