// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.job;

import io.qinling.api.database.Database.Listed;
import java.time.Instant;
import java.util.Optional;

/**
 * A job as it stands in the database.
 *
 * @param functionId null for a job that names an alias only
 * @param functionAlias wins over the function; null for none
 * @param functionInput as the client sent it, or null
 * @param pattern null for a job that runs once, at a time
 * @param count how often it still runs; null for no end
 */
public record JobRecord(
    String id,
    String projectId,
    String name,
    String functionId,
    String functionAlias,
    int functionVersion,
    String functionInput,
    JobStatus status,
    String pattern,
    Integer count,
    Instant firstExecutionTime,
    Instant nextExecutionTime,
    Instant createdAt,
    Instant updatedAt)
    implements Listed {
  boolean runsOnce() {
    return pattern == null;
  }

  /** Whether it is to be run for this due time, and that has not been done. */
  boolean waitsFor(Instant dueTime) {
    return status == JobStatus.RUNNING && nextExecutionTime.equals(dueTime);
  }

  /** The same job, due at another time; done when there is none. */
  JobRecord movedTo(Optional<Instant> next, Instant now) {
    return next.isPresent()
        ? changed(name, functionInput, status, pattern, count, next.get(), now)
        : changed(name, functionInput, JobStatus.DONE, pattern, count, nextExecutionTime, now);
  }

  /** The same job with a run less to go. */
  JobRecord afterRun(Optional<Instant> next, Instant now) {
    if (runsOnce() || (count != null && (count == 0 || count == 1))) {
      return changed(name, functionInput, JobStatus.DONE, pattern, 0, nextExecutionTime, now);
    }
    // Upstream let clients set negative counts, for no end.
    var left = count == null || count < 0 ? count : Integer.valueOf(count - 1);
    return changed(name, functionInput, status, pattern, left, nextExecutionTime, now)
        .movedTo(next, now);
  }

  JobRecord paused(Instant now) {
    return changed(name, functionInput, JobStatus.PAUSED, pattern, count, nextExecutionTime, now);
  }

  /** The same job with what may change of it. */
  JobRecord changed(
      String newName,
      String newInput,
      JobStatus newStatus,
      String newPattern,
      Integer newCount,
      Instant next,
      Instant now) {
    return new JobRecord(
        id,
        projectId,
        newName,
        functionId,
        functionAlias,
        functionVersion,
        newInput,
        newStatus,
        newPattern,
        newCount,
        firstExecutionTime,
        next,
        createdAt,
        now);
  }
}
