// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.qinling.credentials.ServiceSecret;
import io.qinling.engine.download.PackageLinks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;

/** Makes what lets workers of version 1 fetch packages. */
@ApplicationScoped
public class DownloadParts {
  @Produces
  @Singleton
  PackageLinks links(EngineConfig engine, ServiceSecret known, EngineIdentity identity) {
    return new PackageLinks(
        address(engine, identity), EngineParts.secretOf(engine, known), InstantSource.system());
  }

  private static String address(EngineConfig engine, EngineIdentity identity) {
    int port = engine.packagePort();
    return engine
        .packageAddress()
        .or(() -> engine.packageHost().map(host -> EngineIdentity.reached(host, port)))
        .orElseGet(() -> identity.host() + ":" + port);
  }
}
