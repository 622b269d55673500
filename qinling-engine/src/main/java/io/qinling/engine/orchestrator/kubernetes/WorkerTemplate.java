// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the operator wants of workers, and adds to each.
 *
 * @param poolSize free workers that a runtime keeps ready
 * @param slots executions at a time
 * @param untrustedRuntimeClass RuntimeClass of the workers of runtimes that are not trusted
 * @param limits what a worker may use of which resource
 * @param trustedCidrs from where workers take connections, instead of the engines' addresses
 * @param oldImages those of which workers are made differently
 */
public record WorkerTemplate(
    int poolSize,
    int slots,
    Map<String, String> labels,
    Map<String, String> annotations,
    Map<String, String> environment,
    Map<String, String> nodeSelector,
    List<Toleration> tolerations,
    List<String> imagePullSecrets,
    Optional<String> untrustedRuntimeClass,
    Map<String, Quantity> limits,
    List<String> trustedCidrs,
    OldImages oldImages) {
  public WorkerTemplate {
    if (poolSize < 1) {
      throw new IllegalArgumentException("replicas is " + poolSize + ", less than 1");
    }
  }
}
