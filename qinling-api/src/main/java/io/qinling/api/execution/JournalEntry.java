// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.concurrent.CompletableFuture;

/** Something to be written, and the promise that it is. */
sealed interface JournalEntry {
  /** True once it is durable; false when the execution is not running any more, or gone. */
  CompletableFuture<Boolean> committed();

  /** A running execution that must be in the database before its caller goes on. */
  record Begin(ExecutionRecord execution, CompletableFuture<Boolean> committed)
      implements JournalEntry {}

  /**
   * A running execution that may be written a little later, or not at all when it ends before that.
   */
  record BeginSoon(ExecutionRecord execution, CompletableFuture<Boolean> committed)
      implements JournalEntry {}

  /** What has become of attempts to run an execution. */
  record Again(ExecutionRecord execution, CompletableFuture<Boolean> committed)
      implements JournalEntry {}

  /** The end of an execution that was begun. */
  record End(ExecutionRecord execution, ExecutionEnd end, CompletableFuture<Boolean> committed)
      implements JournalEntry {}

  /** The journal is to end. */
  record Stop(CompletableFuture<Boolean> committed) implements JournalEntry {}

  /** A record that is to go, whether it was written or not. */
  record Remove(String executionId, CompletableFuture<Boolean> committed) implements JournalEntry {}
}
