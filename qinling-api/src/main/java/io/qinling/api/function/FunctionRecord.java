// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.database.Database.Listed;
import io.qinling.api.engine.RunnableFunction;
import io.qinling.api.engine.RuntimePool;
import io.qinling.api.http.Json;
import io.qinling.api.runtime.RuntimeRecord;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A function as it stands in the database; name and description may be null.
 *
 * @param codeJson the object of the API's field {@code code}, as JSON text
 * @param packageDigest SHA-256 of the package, by which the engine keeps it; null for functions of
 *     source image, and where an earlier release left a package that was not imported
 * @param entry null for functions of source image
 * @param trustId the trust by which it acts as its owner; null without authentication
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
    String trustId,
    long revision,
    Instant createdAt,
    Instant updatedAt)
    implements Listed {
  /** Where the code comes from. */
  public CodeSource source() {
    return CodeSource.of(code().path("source").asText());
  }

  /** The object of the API's field {@code code}. */
  ObjectNode code() {
    return (ObjectNode) Json.parseStored(codeJson);
  }

  /** Whether workers that run the other run this one as well. */
  boolean runsTheSameAs(FunctionRecord other) {
    return Objects.equals(packageDigest, other.packageDigest)
        && Objects.equals(entry, other.entry)
        && cpu == other.cpu
        && memorySize == other.memorySize;
  }

  /** For what needs a package that an earlier release left and that was not imported. */
  public static QinlingException packageMissing(String functionId) {
    return new QinlingException(
        ErrorCode.CONFLICT,
        "The package of function " + functionId + " was not imported; upload it again.");
  }

  /** What the engine needs to run the latest code. */
  public RunnableFunction runnable(RuntimeRecord runtime) {
    return runnable(runtime, 0, packageDigest);
  }

  /**
   * What the engine needs to run a version.
   *
   * @param runtime null for functions of source image that have none
   * @param digest of the version's package
   */
  public RunnableFunction runnable(RuntimeRecord runtime, int version, String digest) {
    if (digest == null && source() != CodeSource.IMAGE) {
      throw packageMissing(id);
    }
    var image = digest == null ? code().path(CodeSource.IMAGE.text()).asText() : "";
    return new RunnableFunction(
        id,
        version,
        revision,
        runtime == null ? RuntimePool.NONE : runtime.pool(),
        digest == null ? "" : digest,
        image,
        entry == null ? "" : entry,
        cpu,
        memorySize,
        timeout,
        projectId,
        Optional.ofNullable(trustId));
  }
}
