// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.execution;

import io.qinling.api.database.Database.Listed;
import java.time.Instant;

/**
 * An execution as it stands in the database, but for its log.
 *
 * @param input what the function gets: a JSON object as text, or null
 * @param result a JSON object as text, or null until the end
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
    Instant createdAt,
    Instant updatedAt)
    implements Listed {
  /** The same execution at its end. */
  ExecutionRecord ended(ExecutionEnd end) {
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
        createdAt,
        end.at());
  }
}
