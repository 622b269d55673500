// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Pod;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets of workers. All engines know each, since it follows from the pod and the secret that
 * engines share; it is kept nowhere in the cluster.
 */
final class WorkerSecrets {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int RANDOM_BYTES = 32;

  private final SecretKeySpec key;
  private final SecureRandom random = new SecureRandom();

  WorkerSecrets(String engineSecret) {
    key = new SecretKeySpec(engineSecret.getBytes(UTF_8), ALGORITHM);
  }

  /** What a worker knows once it was introduced. */
  String of(Pod pod) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return HexFormat.of()
          .formatHex(mac.doFinal(("worker " + pod.getMetadata().getUid()).getBytes(UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** What all workers of a new pool know until they are introduced. */
  String forPool() {
    var secret = new byte[RANDOM_BYTES];
    random.nextBytes(secret);
    return HexFormat.of().formatHex(secret);
  }
}
