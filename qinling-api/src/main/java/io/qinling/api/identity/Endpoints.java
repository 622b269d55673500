// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.identity;

import java.util.Optional;

/** Where the cloud's services are found by its users. Methods block. */
@FunctionalInterface
public interface Endpoints {
  /**
   * The public address of a service in the configured region.
   *
   * @param type of the service, for example {@code function-engine}
   * @return empty without authentication, and when the catalogue has no such service
   * @throws io.qinling.error.QinlingException UNAVAILABLE when Keystone cannot be reached
   */
  Optional<String> publicEndpoint(String type);
}
