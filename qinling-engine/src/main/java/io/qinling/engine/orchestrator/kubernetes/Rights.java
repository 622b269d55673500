// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.net.HttpURLConnection.HTTP_FORBIDDEN;

import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.stream.Stream;

/** What the engine's user has to be allowed, as deploy/kubernetes/rbac.yaml allows it. */
final class Rights {
  private record Right(String group, String resource, List<String> verbs) {}

  private static final List<Right> NEEDED =
      List.of(
          new Right(
              "",
              "pods",
              List.of("get", "list", "watch", "create", "patch", "delete", "deletecollection")),
          new Right("", "pods/log", List.of("get")),
          new Right(
              "apps", "deployments", List.of("get", "list", "watch", "create", "patch", "delete")),
          new Right("networking.k8s.io", "networkpolicies", List.of("get", "create", "patch")));

  private static final Right NODE_PORTS = new Right("", "services", List.of("get", "create"));

  private Rights() {}

  /**
   * The rights that the user lacks in the namespace, such as {@code create pods}. Empty also where
   * users may not ask for their rights.
   *
   * @throws KubernetesClientException when the API server cannot be asked
   */
  static List<String> missing(KubernetesClient client, KubernetesSettings settings) {
    var needed =
        settings.access() == WorkerAccess.POD_IP
            ? NEEDED.stream()
            : Stream.concat(NEEDED.stream(), Stream.of(NODE_PORTS));
    try {
      return needed
          .flatMap(right ->
              right.verbs().stream()
                  .filter(verb -> !isAllowed(client, settings.namespace(), right, verb))
                  .map(verb -> verb + " " + right.resource()))
          .toList();
    } catch (KubernetesClientException refused) {
      if (refused.getCode() == HTTP_FORBIDDEN) {
        return List.of();
      }
      throw refused;
    }
  }

  private static boolean isAllowed(
      KubernetesClient client, String namespace, Right right, String verb) {
    var parts = right.resource().split("/", 2);
    return client
        .authorization()
        .v1()
        .selfSubjectAccessReview()
        .create(
            new SelfSubjectAccessReviewBuilder()
                .withNewSpec()
                .withNewResourceAttributes()
                .withNamespace(namespace)
                .withGroup(right.group())
                .withResource(parts[0])
                .withSubresource(parts.length == 2 ? parts[1] : null)
                .withVerb(verb)
                .endResourceAttributes()
                .endSpec()
                .build())
        .getStatus()
        .getAllowed();
  }
}
