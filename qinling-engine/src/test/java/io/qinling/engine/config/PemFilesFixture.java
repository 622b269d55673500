// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.config;

import io.qinling.engine.orchestrator.kubernetes.TlsMaterial;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** Lets tests of other packages use certificates as the engine does. */
public final class PemFilesFixture {
  private PemFilesFixture() {}

  public static TlsMaterial of(Vertx vertx, Path ca, Path certificate, Path key) {
    return new PemFiles(vertx, ca, certificate, key);
  }
}
