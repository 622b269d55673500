// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.Database.Listed;
import java.time.Instant;

/**
 * An execution as it stands in the database, but for its log.
 *
 * @param input what the function gets: a JSON object as text, or null
 * @param result a JSON object as text, or null until the end
 * @param attempts how often an engine may have begun to run it; 0 for those of Qinling 5
 * @param lastError why the latest attempt came to nothing, or null
 */
public record ExecutionRecord(
    String id,
    String projectId,
    String functionAlias,
    String functionId,
    int functionVersion,
    ExecutionStatus status,
    boolean sync,
    String input,
    String result,
    String description,
    int attempts,
    String lastError,
    Instant createdAt,
    Instant updatedAt)
    implements Listed {
  private static final int LONGEST_ERROR = 1000;

  public ExecutionRecord {
    if (lastError != null && lastError.length() > LONGEST_ERROR) {
      lastError = lastError.substring(0, LONGEST_ERROR);
    }
  }

  /** The same execution at its end. */
  ExecutionRecord ended(ExecutionEnd end) {
    if (!status.mayBecome(end.status())) {
      throw new IllegalStateException(
          "An execution cannot go from " + status + " to " + end.status() + ": " + id);
    }
    return new ExecutionRecord(
        id,
        projectId,
        functionAlias,
        functionId,
        functionVersion,
        end.status(),
        sync,
        input,
        end.result(),
        description,
        attempts,
        end.error() == null ? lastError : end.error(),
        createdAt,
        end.at());
  }

  /** The same execution after an attempt that came to nothing. */
  ExecutionRecord triedAgain(int attempts, String lastError) {
    return new ExecutionRecord(
        id,
        projectId,
        functionAlias,
        functionId,
        functionVersion,
        status,
        sync,
        input,
        result,
        description,
        attempts,
        lastError,
        createdAt,
        updatedAt);
  }
}
