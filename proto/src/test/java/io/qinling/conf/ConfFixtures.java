// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Configuration files for tests. */
final class ConfFixtures {
  private ConfFixtures() {}

  /** Writes {@code 0.conf}, {@code 1.conf}, ... and reads them in this order. */
  static QinlingConf conf(Path folder, String... texts) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String text : texts) {
      files.add(Files.writeString(folder.resolve(files.size() + ".conf"), text));
    }
    return QinlingConf.read(files);
  }

  /**
   * What Kolla-Ansible of the Victoria release renders for the api, with IPv6 and a harder
   * password.
   */
  static QinlingConf kolla(Path folder) throws IOException {
    return resource(folder, "kolla-qinling.conf");
  }

  /** The vocabulary as the settings it is written in. */
  static QinlingConf vocabulary(Path folder) throws IOException {
    return resource(folder, ConfVocabulary.RESOURCE);
  }

  private static QinlingConf resource(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = ConfFixtures.class.getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    return QinlingConf.read(List.of(file));
  }
}
