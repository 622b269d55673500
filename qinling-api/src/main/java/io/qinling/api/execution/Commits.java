// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.engine.Backoff;
import io.qinling.api.execution.JournalChange.Accept;
import io.qinling.api.execution.JournalChange.Count;
import io.qinling.api.execution.JournalChange.Delete;
import io.qinling.api.execution.JournalChange.Finish;
import io.qinling.api.execution.JournalChange.Revoke;
import io.qinling.api.execution.JournalChange.Show;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Gets the journal's changes into the database. A failure that passes at once is waited out. When
 * the database stays away, what its caller can be refused is refused, and what has happened is kept
 * and tried until the database is back. Used by the journal's thread only, but where said.
 */
final class Commits {
  private static final Logger LOG = Logger.getLogger(Commits.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(400);
  private static final int ATTEMPTS = 4;
  private static final Duration BETWEEN_RETRIES = Duration.ofMillis(500);

  private final JournalWriter writer;
  private final Backlog backlog;
  private final CommitTotals totals = new CommitTotals();
  private volatile boolean out;
  private long retryAt;

  Commits(JournalWriter writer, Backlog backlog) {
    this.writer = writer;
    this.backlog = backlog;
  }

  /** Whether the database is away; any thread may ask. */
  boolean isOut() {
    return out;
  }

  /** What was committed; any thread may ask. */
  CommitTotals totals() {
    return totals;
  }

  /** Nanoseconds until {@link #retry} is due while the database is away. */
  long untilRetry() {
    return Math.max(0, retryAt - System.nanoTime());
  }

  /** Writes all, or does with each what can be done. */
  void commit(List<JournalChange> changes) {
    commit(changes, false);
  }

  /**
   * @param isUncertain whether they may have been written before, without an answer
   */
  private void commit(List<JournalChange> changes, boolean isUncertain) {
    if (changes.isEmpty()) {
      return;
    }
    if (out) {
      changes.forEach(this::postpone);
      return;
    }
    var failure = write(changes);
    var backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    boolean isWrittenPerhaps = isUncertain;
    for (int i = 1; i < ATTEMPTS && isOfDatabase(failure); i++) {
      isWrittenPerhaps = true;
      backoff.pause();
      failure = write(changes);
    }
    if (isOfDatabase(failure) && writer.isReachable()) {
      // It may have come back just now, and then it is not the change that it fails at.
      failure = write(changes);
    }
    if (failure == null) {
      return;
    }
    if (isOfDatabase(failure) && !writer.isReachable()) {
      leave(changes, failure);
    } else if (changes.size() > 1) {
      // One that cannot be written must not stop the others.
      for (var change : changes) {
        commit(List.of(change), isWrittenPerhaps);
      }
    } else {
      refuse(changes.getFirst(), failure, isWrittenPerhaps);
    }
  }

  private void leave(List<JournalChange> changes, RuntimeException failure) {
    out = true;
    retryAt = System.nanoTime() + BETWEEN_RETRIES.toNanos();
    LOG.warnf(
        "The database is away; executions are refused, and ends are kept until it is back:"
            + " reason=%s",
        failure.getMessage());
    changes.forEach(this::postpone);
  }

  /** Tries what was kept, if that is due or now is the last time. */
  void retry(boolean isLast) {
    if (!out || (!isLast && untilRetry() > 0)) {
      return;
    }
    if (writer.isReachable()) {
      out = false;
      LOG.info("The database is back");
      commit(backlog.drain());
    } else {
      retryAt = System.nanoTime() + BETWEEN_RETRIES.toNanos();
    }
    if (isLast) {
      backlog.drain().forEach(lost -> give(lost, away()));
    }
  }

  private RuntimeException write(List<JournalChange> changes) {
    Set<JournalChange> missed;
    long begun = System.nanoTime();
    try {
      missed = writer.write(changes);
    } catch (RuntimeException failed) {
      return failed;
    }
    totals.add(changes.size(), System.nanoTime() - begun);
    for (var change : changes) {
      backlog.settle(change);
      change.succeed(!missed.contains(change));
    }
    return null;
  }

  private void postpone(JournalChange change) {
    switch (change) {
      case Accept accept -> {
        keep(new Revoke(accept.execution()));
        give(accept, away());
      }
      case Count _, Delete _ -> give(change, away());
      case Show _, Finish _, Revoke _ -> keep(change);
    }
  }

  /** What finds no room is not lost: see {@link Takeover}. */
  private void keep(JournalChange change) {
    if (!backlog.add(change)) {
      give(change, away());
    }
  }

  /** The database is there, and does not take it. */
  private void refuse(JournalChange change, RuntimeException failure, boolean isWrittenPerhaps) {
    switch (change) {
      case Finish finish
          when finish.isNew() && isDuplicate(failure) && isRecorded(finish.execution()) ->
          commit(List.of(finish.ofRecord()));
      case Finish finish when finish.end().result() != null || finish.end().log() != null -> {
        LOG.errorf(
            failure, "The end of an execution cannot be held: execution=%s", change.executionId());
        var bare =
            ExecutionEnd.error(null, "The database cannot hold its result", finish.end().at());
        commit(List.of(finish.replacedBy(bare)));
      }
      case Show show when isDuplicate(failure) -> backlog.settle(show);
      case Accept accept
          when isWrittenPerhaps && isDuplicate(failure) && isRecorded(accept.execution()) ->
          accept.succeed(true);
      case Accept _, Show _, Finish _, Count _, Revoke _, Delete _ -> give(change, failure);
    }
  }

  private boolean isRecorded(ExecutionRecord execution) {
    try {
      return writer.isRecorded(execution);
    } catch (RuntimeException away) {
      return false;
    }
  }

  private void give(JournalChange change, RuntimeException failure) {
    if (!(change instanceof Accept)) {
      backlog.settle(change);
    }
    change.fail(failure);
  }

  static QinlingException away() {
    return new QinlingException(ErrorCode.UNAVAILABLE, "The database is not available");
  }

  private static boolean isDuplicate(RuntimeException failure) {
    return failure instanceof QinlingException refused && refused.code() == ErrorCode.INVALID_INPUT;
  }

  private static boolean isOfDatabase(RuntimeException failure) {
    return failure instanceof QinlingException refused && refused.code() == ErrorCode.UNAVAILABLE;
  }
}
