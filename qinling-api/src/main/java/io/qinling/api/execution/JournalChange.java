// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import org.jboss.logging.Logger;

/**
 * A change of the database that the journal has decided on; the entry is who waits for it, or null.
 */
sealed interface JournalChange {
  JournalEntry entry();

  /** A new record; with an end it is the whole life of an execution at once. */
  record Insert(ExecutionRecord execution, ExecutionEnd end, JournalEntry entry)
      implements JournalChange {}

  /** The end of a record that is there, if it is still running. */
  record Update(ExecutionRecord execution, ExecutionEnd end, JournalEntry entry)
      implements JournalChange {}

  /** The removal of a record. */
  record Delete(String executionId, JournalEntry entry) implements JournalChange {}

  default void succeed() {
    if (entry() != null) {
      entry().committed().complete(null);
    }
  }

  default void fail(RuntimeException reason) {
    if (entry() != null) {
      entry().committed().completeExceptionally(reason);
    } else {
      Logger.getLogger(Journal.class)
          .error("A running execution cannot be recorded; its end will be tried", reason);
    }
  }
}
