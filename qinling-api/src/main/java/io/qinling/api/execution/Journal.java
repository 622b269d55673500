// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.execution.JournalChange.Accept;
import io.qinling.api.execution.JournalChange.Count;
import io.qinling.api.execution.JournalChange.Delete;
import io.qinling.api.execution.JournalChange.Finish;
import io.qinling.api.execution.JournalChange.Show;
import io.qinling.api.execution.JournalEntry.Again;
import io.qinling.api.execution.JournalEntry.Begin;
import io.qinling.api.execution.JournalEntry.BeginSoon;
import io.qinling.api.execution.JournalEntry.End;
import io.qinling.api.execution.JournalEntry.Remove;
import io.qinling.api.execution.JournalEntry.Stop;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * The only writer of executions. One thread takes what has arrived and writes it in one
 * transaction; what arrives meanwhile is the next. So one commit, and one wait for the disk, serves
 * all who wait at the time.
 *
 * <p>The record of a synchronous execution is held back for a moment: most have ended by then, and
 * are written once instead of twice.
 */
public final class Journal implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Journal.class);
  private static final Duration FOR_EVER = Duration.ofDays(365);
  private static final Duration HELD_BACK = Duration.ofMillis(20);
  private static final int LARGEST_BATCH = 500;
  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(3);

  private record Held(ExecutionRecord execution, long dueNanos) {}

  private final BlockingQueue<JournalEntry> arrived = new LinkedBlockingQueue<>();
  private final Map<String, ExecutionRecord> open = new ConcurrentHashMap<>();
  private final Backlog backlog = new Backlog();
  private final Commits commits;
  private final Thread thread;

  // Touched by the journal's thread only; in the order of their due times.
  private final Map<String, Held> held = new LinkedHashMap<>();
  private volatile boolean closing;

  public Journal(JournalWriter writer) {
    this.commits = new Commits(writer, backlog);
    this.thread = Thread.ofPlatform().name("journal").start(this::serve);
  }

  /**
   * Writes a running execution; returns when it is durable.
   *
   * @throws QinlingException INVALID_INPUT when its id exists, UNAVAILABLE while the database is
   *     away
   */
  void begin(ExecutionRecord execution) {
    requireDatabase();
    boolean isNew = open.putIfAbsent(execution.id(), execution) == null;
    try {
      await(new Begin(execution, new CompletableFuture<>()), FOR_EVER);
    } catch (RuntimeException refused) {
      if (isNew) {
        open.remove(execution.id(), execution);
      }
      throw refused;
    }
  }

  /**
   * Has a running execution written soon, unless it ends before that. Does not wait.
   *
   * @throws QinlingException UNAVAILABLE while the database is away
   */
  void beginSoon(ExecutionRecord execution) {
    requireDatabase();
    open.put(execution.id(), execution);
    arrived.add(new BeginSoon(execution, new CompletableFuture<>()));
  }

  private void requireDatabase() {
    if (commits.isOut()) {
      throw Commits.away();
    }
  }

  /** Takes over what another process began. */
  void adopt(ExecutionRecord execution) {
    open.put(execution.id(), execution);
  }

  /** Those that this process began or adopted and whose end is not durable yet. */
  Collection<ExecutionRecord> open() {
    return List.copyOf(open.values());
  }

  /** How many executions are {@link #open}. */
  public int openCount() {
    return open.size();
  }

  /** Entries that wait for the next commit. */
  public int waitingCount() {
    return arrived.size();
  }

  /** Executions that are to be written when the database is back. */
  public int keptCount() {
    return backlog.size();
  }

  public CommitTotals commitTotals() {
    return commits.totals();
  }

  /** Whether this process still has something to do with an execution. */
  boolean isOpen(String executionId) {
    return open.containsKey(executionId) || backlog.holds(executionId);
  }

  /**
   * Writes what became of attempts to run an execution; returns when it is durable.
   *
   * @return false when it is not running any more
   */
  boolean again(ExecutionRecord execution) {
    return await(new Again(execution, new CompletableFuture<>()), FOR_EVER);
  }

  /**
   * Writes the end of an execution; returns when it is durable. However long the database is away,
   * the end is kept and written afterwards.
   *
   * @param patience how long to wait for that
   * @return false when its record has ended or gone already, which is what holds then
   * @throws QinlingException UNAVAILABLE when it is not durable yet
   */
  boolean end(ExecutionRecord execution, ExecutionEnd end, Duration patience) {
    var entry = new End(execution, end, new CompletableFuture<>());
    entry.committed().whenComplete((_, _) -> open.remove(execution.id()));
    return await(entry, patience);
  }

  /** Removes an execution; returns when that is durable. */
  void remove(String executionId) {
    await(new Remove(executionId, new CompletableFuture<>()), FOR_EVER);
  }

  /** Removes an execution that this process began and did not run. */
  void discard(String executionId) {
    try {
      remove(executionId);
    } finally {
      open.remove(executionId);
    }
  }

  /** Has nothing more to do with an execution, which runs on for others. */
  void leave(String executionId) {
    open.remove(executionId);
  }

  private boolean await(JournalEntry entry, Duration patience) {
    if (closing) {
      entry.committed().completeExceptionally(stopping());
    } else {
      arrived.add(entry);
    }
    try {
      return entry.committed().get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw Commits.away();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
      throw stopping();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(failed);
    }
  }

  private static QinlingException stopping() {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The service is stopping");
  }

  private void serve() {
    boolean stopping = false;
    while (!stopping) {
      var batch = next();
      stopping |= batch.removeIf(Stop.class::isInstance);
      try {
        write(batch, stopping);
        commits.retry(stopping);
      } catch (Throwable defect) {
        LOG.error("The journal met a defect and goes on", defect);
        batch.forEach(
            entry -> entry.committed().completeExceptionally(new IllegalStateException(defect)));
      }
    }
  }

  /**
   * Waits for something to write: what has arrived, what was held back for long enough, or what
   * could not be written before.
   */
  private List<JournalEntry> next() {
    var batch = new ArrayList<JournalEntry>();
    if (arrived.isEmpty()) {
      try {
        var first =
            held.isEmpty() && !commits.isOut()
                ? arrived.take()
                : arrived.poll(untilDue(), TimeUnit.NANOSECONDS);
        if (first != null) {
          batch.add(first);
        }
      } catch (InterruptedException unexpected) {
        LOG.warn("Nobody interrupts the journal", unexpected);
      }
    }
    arrived.drainTo(batch, LARGEST_BATCH);
    return batch;
  }

  private long untilDue() {
    long retry = commits.isOut() ? commits.untilRetry() : Long.MAX_VALUE;
    return held.isEmpty()
        ? retry
        : Math.clamp(held.values().iterator().next().dueNanos() - System.nanoTime(), 0, retry);
  }

  private void write(List<JournalEntry> batch, boolean stopping) {
    var changes = new ArrayList<JournalChange>();
    for (var entry : batch) {
      switch (entry) {
        case BeginSoon soon -> {
          held.put(
              soon.execution().id(),
              new Held(soon.execution(), System.nanoTime() + HELD_BACK.toNanos()));
          soon.committed().complete(true);
        }
        case Begin begin -> changes.add(new Accept(begin.execution(), begin.committed()));
        case Again again -> changes.add(new Count(again.execution(), again.committed()));
        case End end -> {
          boolean isNew = held.remove(end.execution().id()) != null;
          changes.add(new Finish(end.execution(), end.end(), isNew, end.committed()));
        }
        case Stop stop -> throw new IllegalStateException("Taken out before: " + stop);
        case Remove remove -> {
          if (held.remove(remove.executionId()) == null) {
            changes.add(new Delete(remove.executionId(), remove.committed()));
          } else {
            remove.committed().complete(true);
          }
        }
      }
    }
    takeDue(changes, stopping);
    commits.commit(changes);
  }

  private void takeDue(List<JournalChange> changes, boolean all) {
    long now = System.nanoTime();
    for (Iterator<Held> due = held.values().iterator(); due.hasNext(); ) {
      var execution = due.next();
      if (!all && execution.dueNanos() > now) {
        return;
      }
      due.remove();
      changes.add(new Show(execution.execution()));
    }
  }

  /** Writes what has arrived, if the database takes it in a moment, then ends. */
  @Override
  public void close() {
    closing = true;
    // Not an interrupt: H2 closes its file when one comes while it writes.
    arrived.add(new Stop(new CompletableFuture<>()));
    try {
      if (!thread.join(PATIENCE_AT_END)) {
        LOG.warn("The database does not answer; others will take up what is not written");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    arrived.forEach(late -> late.committed().completeExceptionally(stopping()));
  }
}
