// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.config;

import static java.nio.file.attribute.PosixFilePermissions.asFileAttribute;
import static java.nio.file.attribute.PosixFilePermissions.fromString;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder in which the HTTP server keeps files while they are uploaded. */
final class UploadFolder {
  private UploadFolder() {}

  /**
   * Makes the folder for this user alone, and removes what a process that was killed left in it.
   *
   * @throws ConfigurationException when that cannot be done
   */
  static void prepare(Path folder) {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        Files.createDirectory(folder, asFileAttribute(fromString("rwx------")));
      }
      try (var leftovers = Files.newDirectoryStream(folder)) {
        for (var leftover : leftovers) {
          Files.delete(leftover);
        }
      }
    } catch (IOException failed) {
      throw new ConfigurationException("[api] upload_dir cannot be used: " + failed);
    }
  }
}
