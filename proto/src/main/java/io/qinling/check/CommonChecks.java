// SPDX-License-Identifier: Apache-2.0
package io.qinling.check;

import io.etcd.jetcd.options.GetOption;
import io.qinling.error.QinlingException;
import io.qinling.etcd.Etcd;
import io.qinling.etcd.EtcdAddresses;
import io.qinling.etcd.EtcdConfig;
import io.qinling.etcd.Keys;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks that both services take. */
public final class CommonChecks {
  private static final String ETCD = "etcd";

  private CommonChecks() {}

  /**
   * Whether etcd answers and lets this service read.
   *
   * @throws IllegalArgumentException when the section cannot be used
   */
  public static Outcome etcd(EtcdConfig config) {
    var addresses = EtcdAddresses.of(config);
    if (addresses.isEmpty()) {
      return Outcome.notConfigured(
          ETCD, "[etcd] endpoints and host are not set, which is right for a single engine");
    }
    try (var etcd = new Etcd(addresses.get())) {
      var engines = GetOption.builder().isPrefix(true).withCountOnly(true).build();
      var answer = etcd.call(client -> client.getKVClient().get(Keys.bytes(Keys.ENGINES), engines));
      return Outcome.ok(
          ETCD, addresses.get() + " answers; engines that are registered: " + answer.getCount());
    } catch (QinlingException away) {
      return Outcome.failed(
          ETCD,
          "section [etcd]: %s does not answer as it should: %s"
              .formatted(addresses.get(), CheckCommand.reason(away.getCause())));
    }
  }

  /**
   * Whether this process may write into a folder, or make it.
   *
   * @param option that names it
   */
  public static Outcome folder(String subject, String option, Path folder) {
    var there = folder.toAbsolutePath();
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      return Outcome.failed(subject, option + ": " + there + " is not a folder");
    }
    if (!Files.isWritable(there)) {
      return Outcome.failed(
          subject,
          "%s: %s is not for the user %s to write; chown it, or mount it writable"
              .formatted(option, there, System.getProperty("user.name")));
    }
    return Outcome.ok(
        subject,
        there.equals(folder.toAbsolutePath())
            ? folder + " can be written"
            : folder + " does not exist and will be made by the start");
  }
}
