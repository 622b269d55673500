// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.qinling.engine.orchestrator.WorkerNeeds;
import java.util.List;
import java.util.Map;

/**
 * The change that makes a free worker a claimed one: it leaves its ReplicaSet, which then makes
 * another, and belongs to the pool as a whole. The API server refuses it with 422 when the worker
 * is not free any more, so that one of several claims wins. See RFC 6902.
 */
final class ClaimPatch {
  private static final String LABELS = "/metadata/labels/";
  private static final String STATE = LABELS + Labels.WORKER.replace("/", "~1");

  private ClaimPatch() {}

  static String of(Deployment pool, WorkerNeeds needs) {
    var owner = PoolManifest.ownedBy(pool);
    return Serialization.asJson(
        List.of(
            Map.of("op", "test", "path", STATE, "value", Labels.FREE),
            Map.of("op", "replace", "path", STATE, "value", Labels.CLAIMED),
            add(LABELS + Labels.FUNCTION, needs.functionId()),
            add(LABELS + Labels.VERSION, Integer.toString(needs.version())),
            add("/metadata/ownerReferences", List.of(owner))));
  }

  private static Map<String, Object> add(String path, Object value) {
    return Map.of("op", "add", "path", path, "value", value);
  }
}
