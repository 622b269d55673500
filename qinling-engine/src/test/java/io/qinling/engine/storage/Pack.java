// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage;

import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** A package of a test, unlike all others. */
public record Pack(String digest, byte[] content) {
  public static Pack ofBytes(int size) {
    var content = new byte[size];
    ThreadLocalRandom.current().nextBytes(content);
    return new Pack(HexFormat.of().formatHex(Digests.sha256().digest(content)), content);
  }

  public void putInto(PackageStore store) throws IOException {
    try (var upload = store.upload(digest)) {
      upload.write(content);
      upload.commit();
    }
  }

  public boolean isIn(PackageStore store) throws IOException {
    try (var stored = store.open(digest).orElse(null)) {
      return stored != null && java.util.Arrays.equals(stored.content().readAllBytes(), content);
    }
  }
}
