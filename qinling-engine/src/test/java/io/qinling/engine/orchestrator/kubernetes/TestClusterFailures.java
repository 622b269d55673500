// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.qinling.error.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestClusterFailures {
  private final ClusterFailures failures =
      new ClusterFailures(
          new KubernetesSettings(
              "https://10.0.0.1:6443",
              "functions",
              1,
              1,
              WorkerAccess.POD_IP,
              null,
              null,
              new AllowedImages(List.of()),
              1,
              TestCluster.template(1),
              Map.of()),
          _ -> {});

  @ParameterizedTest
  @CsvSource({
    "403,'services \"worker-r\" is forbidden: exceeded quota: q, requested: services.nodeports=1',"
        + "A ResourceQuota of [kubernetes] namespace is used up; raise it",
    "403,'pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true',"
        + "The pod security of [kubernetes] namespace does not admit the pod;",
    "403,'admission webhook \"images.example.org\" denied the request: unsigned',"
        + "An admission webhook of the cluster denies what the engine makes",
    "400,'admission webhook \"images.example.org\" denied the request: unsigned',"
        + "An admission webhook of the cluster denies what the engine makes",
    "403,'pods is forbidden: User \"qinling\" cannot create resource \"pods\"',"
        + "The user of [kubernetes] cert_file lacks rights in [kubernetes] namespace;",
    "422,'Pod \"x\" is invalid',The API server refused"
  })
  void theOperatorIsToldWhatToCorrect(int code, String message, String advice) {
    assertThat(failures.explain(answer(code, message))).startsWith(advice).endsWith(message);
  }

  @Test
  void whoAsksIsToldOfTheRulesOfTheClusterButNotOfTheEnginesRights() {
    var rule =
        failures.translate(
            answer(403, "pods \"x\" is forbidden: violates PodSecurity \"restricted\""));
    var right = failures.translate(answer(403, "pods is forbidden: User \"qinling\" cannot"));

    assertThat(rule.code()).isEqualTo(ErrorCode.ORCHESTRATOR_FAILED);
    assertThat(rule).hasMessageStartingWith("The pod security of [kubernetes] namespace");
    assertThat(right.code()).isEqualTo(ErrorCode.ORCHESTRATOR_FAILED);
    assertThat(right).hasMessage("The orchestrator refused the request");
  }

  private static KubernetesClientException answer(int code, String message) {
    return new KubernetesClientException(
        message, code, new StatusBuilder().withMessage(message).build());
  }
}
