// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.storage.Digests;
import io.qinling.engine.v1.FunctionSpec;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.time.Duration;

/** Decodes what calls say of a function. */
final class FunctionSpecs {
  private static final String DEFAULT_ENTRY = "main.main";

  private FunctionSpecs() {}

  /**
   * @throws IllegalArgumentException naming the value that cannot be
   * @throws QinlingException ORCHESTRATOR_FAILED for a function that is a container image
   */
  static FunctionVersion decode(FunctionSpec spec) {
    if (!spec.getImage().isEmpty()) {
      throw new QinlingException(
          ErrorCode.ORCHESTRATOR_FAILED,
          "This service cannot run functions of source image: its workers are processes, not"
              + " containers.");
    }
    return new FunctionVersion(
        new FunctionKey(spec.getFunctionId(), spec.getFunctionVersion()),
        spec.getProjectId(),
        spec.getRevision(),
        new Pool(spec.getRuntimeId(), spec.getRuntimeImage(), spec.getTrusted()),
        Digests.require(spec.getPackageDigest()),
        spec.getEntry().isEmpty() ? DEFAULT_ENTRY : spec.getEntry(),
        spec.getCpuMillis(),
        spec.getMemoryBytes(),
        Duration.ofSeconds(spec.getTimeoutSeconds()));
  }
}
