// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import io.fabric8.kubernetes.client.http.HttpClient;
import java.io.IOException;

/** The CA, the certificate and the key by which the engine and the API server know each other. */
public interface TlsMaterial {
  /**
   * What changes when one of the files does.
   *
   * @throws IOException when one cannot be read; names the option
   */
  String fingerprint() throws IOException;

  /**
   * Reads the files.
   *
   * @throws IOException when one cannot be read or used; names the option
   */
  void applyTo(HttpClient.Builder client) throws IOException;

  /** No TLS at all. */
  TlsMaterial NONE =
      new TlsMaterial() {
        @Override
        public String fingerprint() {
          return "";
        }

        @Override
        public void applyTo(HttpClient.Builder client) {}
      };
}
