// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import java.util.concurrent.CompletableFuture;
import org.jboss.logging.Logger;

/** A change of the database that the journal has decided on. */
sealed interface JournalChange {
  String executionId();

  /** Who waits for it, or null. */
  CompletableFuture<Boolean> committed();

  /** A new record of a running execution that its caller waits for. */
  record Accept(ExecutionRecord execution, CompletableFuture<Boolean> committed)
      implements JournalChange {
    @Override
    public String executionId() {
      return execution.id();
    }
  }

  /** A new record of a running execution that was held back; nobody waits for it. */
  record Show(ExecutionRecord execution) implements JournalChange {
    @Override
    public String executionId() {
      return execution.id();
    }

    @Override
    public CompletableFuture<Boolean> committed() {
      return null;
    }
  }

  /**
   * The end of an execution.
   *
   * @param isNew whether there is no record of it yet, so that its whole life is written at once
   */
  record Finish(
      ExecutionRecord execution,
      ExecutionEnd end,
      boolean isNew,
      CompletableFuture<Boolean> committed)
      implements JournalChange {
    @Override
    public String executionId() {
      return execution.id();
    }

    /** Another end, since this one cannot be written; who waits learns that it was not. */
    Finish replacedBy(ExecutionEnd other) {
      var written = new CompletableFuture<Boolean>();
      var _ =
          written.whenComplete((_, failure) -> {
            if (failure == null) {
              committed.complete(false);
            } else {
              committed.completeExceptionally(failure);
            }
          });
      return new Finish(execution, other, isNew, written);
    }

    /** The same, now that there is a record of it. */
    Finish ofRecord() {
      return new Finish(execution, end, false, committed);
    }
  }

  /** What has become of attempts, if the execution is still running. */
  record Count(ExecutionRecord execution, CompletableFuture<Boolean> committed)
      implements JournalChange {
    @Override
    public String executionId() {
      return execution.id();
    }
  }

  /**
   * The removal of a record that was refused to its caller, if it is there after all: the answer to
   * a commit can get lost.
   */
  record Revoke(ExecutionRecord execution) implements JournalChange {
    @Override
    public String executionId() {
      return execution.id();
    }

    @Override
    public CompletableFuture<Boolean> committed() {
      return null;
    }
  }

  /** The removal of a record. */
  record Delete(String executionId, CompletableFuture<Boolean> committed)
      implements JournalChange {}

  /**
   * @param isWritten false when it was not made because the execution is not running any more
   */
  default void succeed(boolean isWritten) {
    if (committed() != null) {
      committed().complete(isWritten);
    }
  }

  default void fail(RuntimeException reason) {
    if (committed() != null) {
      committed().completeExceptionally(reason);
    } else {
      Logger.getLogger(JournalChange.class)
          .errorf(reason, "A change cannot be recorded: execution=%s", executionId());
    }
  }
}
