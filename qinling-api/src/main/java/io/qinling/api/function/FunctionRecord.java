// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import io.qinling.api.database.Database.Listed;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.runtime.RuntimeRecord;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;

/**
 * A function as it stands in the database; name and description may be null.
 *
 * @param codeJson the object of the API's field {@code code}, as JSON text
 * @param packageDigest SHA-256 of the package, by which the engine keeps it; null where an earlier
 *     release left a package that was not imported
 * @param revision grows with each change of what is run
 */
public record FunctionRecord(
    String id,
    String projectId,
    String name,
    String description,
    String runtimeId,
    String codeJson,
    String packageDigest,
    String entry,
    int cpu,
    int memorySize,
    int timeout,
    int count,
    int latestVersion,
    long revision,
    Instant createdAt,
    Instant updatedAt)
    implements Listed {
  /** What the engine needs to run the latest code. */
  public RunnableFunction runnable(RuntimeRecord runtime) {
    return new RunnableFunction(
        id,
        0,
        revision,
        runtime.pool(),
        requirePackageDigest(),
        entry,
        cpu,
        memorySize,
        timeout,
        projectId);
  }

  /**
   * @throws QinlingException CONFLICT without a package
   */
  String requirePackageDigest() {
    if (packageDigest == null) {
      throw new QinlingException(
          ErrorCode.CONFLICT, "The package of function " + id + " was not imported.");
    }
    return packageDigest;
  }
}
