// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.concurrent.CompletableFuture;

/** Something to be written, and the promise that it is. */
sealed interface JournalEntry {
  CompletableFuture<Void> committed();

  /** A running execution that must be in the database before its caller goes on. */
  record Begin(ExecutionRecord execution, CompletableFuture<Void> committed)
      implements JournalEntry {}

  /**
   * A running execution that may be written a little later, or not at all when it ends before that.
   */
  record BeginSoon(ExecutionRecord execution, CompletableFuture<Void> committed)
      implements JournalEntry {}

  /** The end of an execution that was begun. */
  record End(ExecutionRecord execution, ExecutionEnd end, CompletableFuture<Void> committed)
      implements JournalEntry {}

  /** The journal is to end. */
  record Stop(CompletableFuture<Void> committed) implements JournalEntry {}

  /** A record that is to go, whether it was written or not. */
  record Remove(String executionId, CompletableFuture<Void> committed) implements JournalEntry {}
}
