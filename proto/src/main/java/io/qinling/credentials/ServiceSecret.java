// SPDX-License-Identifier: Apache-2.0
package io.qinling.credentials;

import static io.smallrye.config.ConfigMapping.NamingStrategy.SNAKE_CASE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.config.ConfigMapping;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * What the services of a deployment know of section {@code [keystone_authtoken]} and nobody else
 * does. Deployment tools render it alike for both, and so it stands in for {@code [engine] secret}.
 */
@ConfigMapping(prefix = "qinling.keystone_authtoken", namingStrategy = SNAKE_CASE)
public interface ServiceSecret {
  /** Password of the services' user. */
  Optional<String> password();

  /** Key of the token cache. */
  Optional<String> memcacheSecretKey();

  /**
   * The secret between the services.
   *
   * @param named {@code [engine] secret}, which counts if it is set
   * @return {@code named}, else one that does not tell what it was derived from; empty when there
   *     is nothing of {@link SharedSecret#MINIMUM_LENGTH} characters to derive it from
   */
  default Optional<String> or(Optional<String> named) {
    if (named.isPresent()) {
      return named;
    }
    var known = password().orElse("") + memcacheSecretKey().map(key -> "\0" + key).orElse("");
    return known.length() < SharedSecret.MINIMUM_LENGTH
        ? Optional.empty()
        : Optional.of(derived(known));
  }

  private static String derived(String known) {
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(known.getBytes(UTF_8))
              .thenExpand("qinling [engine] secret".getBytes(UTF_8), 32);
      return HexFormat.of().formatHex(KDF.getInstance("HKDF-SHA256").deriveData(parameters));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
