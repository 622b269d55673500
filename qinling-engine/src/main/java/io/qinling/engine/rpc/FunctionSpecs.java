// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.rpc;

import io.qinling.engine.function.Executable;
import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import io.qinling.engine.function.ImageFunction;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.storage.Digests;
import io.qinling.engine.v1.FunctionSpec;
import java.time.Duration;

/** Decodes what calls say of a function. */
final class FunctionSpecs {
  private static final String DEFAULT_ENTRY = "main.main";

  private FunctionSpecs() {}

  /**
   * @throws IllegalArgumentException naming the value that cannot be
   */
  static Executable decode(FunctionSpec spec) {
    return spec.getImage().isEmpty() ? ofPackage(spec) : ofImage(spec);
  }

  /**
   * A function that has workers, which those of source image do not.
   *
   * @throws IllegalArgumentException naming the value that cannot be
   */
  static FunctionVersion decodeLoadable(FunctionSpec spec) {
    if (!spec.getImage().isEmpty()) {
      throw new IllegalArgumentException("Functions of source image have no workers");
    }
    return ofPackage(spec);
  }

  private static FunctionVersion ofPackage(FunctionSpec spec) {
    return new FunctionVersion(
        key(spec),
        spec.getProjectId(),
        spec.getRevision(),
        new Pool(spec.getRuntimeId(), spec.getRuntimeImage(), spec.getTrusted()),
        Digests.require(spec.getPackageDigest()),
        spec.getEntry().isEmpty() ? DEFAULT_ENTRY : spec.getEntry(),
        spec.getCpuMillis(),
        spec.getMemoryBytes(),
        timeout(spec));
  }

  private static ImageFunction ofImage(FunctionSpec spec) {
    return new ImageFunction(
        key(spec),
        spec.getProjectId(),
        spec.getImage(),
        spec.getCpuMillis(),
        spec.getMemoryBytes(),
        timeout(spec));
  }

  private static FunctionKey key(FunctionSpec spec) {
    return new FunctionKey(spec.getFunctionId(), spec.getFunctionVersion());
  }

  private static Duration timeout(FunctionSpec spec) {
    return Duration.ofSeconds(spec.getTimeoutSeconds());
  }
}
