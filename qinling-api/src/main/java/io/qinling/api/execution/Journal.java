// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.engine.Backoff;
import io.qinling.api.execution.JournalEntry.Begin;
import io.qinling.api.execution.JournalEntry.BeginSoon;
import io.qinling.api.execution.JournalEntry.End;
import io.qinling.api.execution.JournalEntry.Remove;
import io.qinling.api.execution.JournalEntry.Stop;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
  private static final Duration HELD_BACK = Duration.ofMillis(20);
  private static final int LARGEST_BATCH = 500;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(400);
  private static final int ATTEMPTS = 4;

  private record Held(ExecutionRecord execution, long dueNanos) {}

  private final BlockingQueue<JournalEntry> arrived = new LinkedBlockingQueue<>();
  private final JournalWriter writer;
  private final Thread thread;

  // Touched by the journal's thread only; in the order of their due times.
  private final Map<String, Held> held = new LinkedHashMap<>();
  private volatile boolean closing;

  public Journal(JournalWriter writer) {
    this.writer = writer;
    this.thread = Thread.ofPlatform().name("journal").start(this::serve);
  }

  /**
   * Writes a running execution; returns when it is durable.
   *
   * @throws io.qinling.error.QinlingException INVALID_INPUT when its id exists
   */
  void begin(ExecutionRecord execution) {
    await(new Begin(execution, new CompletableFuture<>()));
  }

  /** Has a running execution written soon, unless it ends before that. Does not wait. */
  void beginSoon(ExecutionRecord execution) {
    arrived.add(new BeginSoon(execution, new CompletableFuture<>()));
  }

  /**
   * Writes the end of an execution, unless its record has ended or gone already; returns when it is
   * durable.
   */
  void end(ExecutionRecord execution, ExecutionEnd end) {
    await(new End(execution, end, new CompletableFuture<>()));
  }

  /** Removes an execution; returns when that is durable. */
  void remove(String executionId) {
    await(new Remove(executionId, new CompletableFuture<>()));
  }

  private void await(JournalEntry entry) {
    if (closing) {
      throw new IllegalStateException("The journal is closed");
    }
    arrived.add(entry);
    try {
      entry.committed().join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
  }

  private void serve() {
    boolean stopping = false;
    while (!stopping || !held.isEmpty()) {
      var batch = next();
      stopping |= batch.removeIf(Stop.class::isInstance);
      try {
        write(batch, stopping);
      } catch (Throwable defect) {
        LOG.error("The journal met a defect and goes on", defect);
        batch.forEach(
            entry -> entry.committed().completeExceptionally(new IllegalStateException(defect)));
      }
    }
  }

  /** Waits for something to write: what has arrived, or what was held back for long enough. */
  private List<JournalEntry> next() {
    var batch = new ArrayList<JournalEntry>();
    if (arrived.isEmpty()) {
      try {
        var first =
            held.isEmpty() ? arrived.take() : arrived.poll(untilDue(), TimeUnit.NANOSECONDS);
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
    return Math.max(0, held.values().iterator().next().dueNanos() - System.nanoTime());
  }

  private void write(List<JournalEntry> batch, boolean stopping) {
    var changes = new ArrayList<JournalChange>();
    for (var entry : batch) {
      switch (entry) {
        case BeginSoon soon -> {
          held.put(
              soon.execution().id(),
              new Held(soon.execution(), System.nanoTime() + HELD_BACK.toNanos()));
          soon.committed().complete(null);
        }
        case Begin begin -> changes.add(new JournalChange.Insert(begin.execution(), null, entry));
        case End end ->
            changes.add(
                held.remove(end.execution().id()) == null
                    ? new JournalChange.Update(end.execution(), end.end(), entry)
                    : new JournalChange.Insert(end.execution(), end.end(), entry));
        case Stop stop -> throw new IllegalStateException("Taken out before: " + stop);
        case Remove remove -> {
          if (held.remove(remove.executionId()) == null) {
            changes.add(new JournalChange.Delete(remove.executionId(), entry));
          } else {
            remove.committed().complete(null);
          }
        }
      }
    }
    takeDue(changes, stopping);
    commit(changes);
  }

  private void takeDue(List<JournalChange> changes, boolean all) {
    long now = System.nanoTime();
    for (Iterator<Held> due = held.values().iterator(); due.hasNext(); ) {
      var execution = due.next();
      if (!all && execution.dueNanos() > now) {
        return;
      }
      due.remove();
      changes.add(new JournalChange.Insert(execution.execution(), null, null));
    }
  }

  private void commit(List<JournalChange> changes) {
    if (changes.isEmpty()) {
      return;
    }
    try {
      writer.write(changes);
    } catch (RuntimeException failed) {
      if (changes.size() == 1) {
        commitAlone(changes.getFirst(), failed);
      } else {
        // One that cannot be written must not stop the others.
        changes.forEach(change -> commit(List.of(change)));
      }
      return;
    }
    sync(changes);
  }

  /** What ended must be recorded: a failure that passes is waited out, within limits. */
  private void commitAlone(JournalChange change, RuntimeException failure) {
    var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    var last = failure;
    for (int i = 0;
        i < ATTEMPTS && !(last instanceof QinlingException refused && isFinal(refused));
        i++) {
      backoff.pause();
      try {
        writer.write(List.of(change));
        sync(List.of(change));
        return;
      } catch (RuntimeException again) {
        last = again;
        if (isWrittenAlready(change, again)) {
          sync(List.of(change));
          return;
        }
      }
    }
    change.fail(last);
  }

  /**
   * The answer to a commit may get lost with the connection. An id that no client chose can only
   * exist by an earlier attempt of ours.
   */
  private static boolean isWrittenAlready(JournalChange change, RuntimeException failed) {
    return change instanceof JournalChange.Insert insert
        && !(insert.entry() instanceof Begin)
        && failed instanceof QinlingException refused
        && isFinal(refused);
  }

  private static boolean isFinal(QinlingException refused) {
    return refused.code() == ErrorCode.INVALID_INPUT;
  }

  /** Separate from the transaction, which must not be repeated once it is committed. */
  private void sync(List<JournalChange> changes) {
    try {
      writer.sync();
      changes.forEach(JournalChange::succeed);
    } catch (RuntimeException failed) {
      changes.forEach(change -> change.fail(failed));
    }
  }

  /** Writes what has arrived, then ends. */
  @Override
  public void close() {
    closing = true;
    // Not an interrupt: H2 closes its file when one comes while it writes.
    arrived.add(new Stop(new CompletableFuture<>()));
    try {
      thread.join();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    arrived.forEach(late ->
        late.committed().completeExceptionally(new IllegalStateException("The journal is closed")));
  }
}
