// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * By what a file that was written to differs from what it was before.
 *
 * @param identity of the file that the name leads to; empty where the file system has none
 */
record FileState(Path file, FileTime modified, long size, Optional<Object> identity) {
  /** The state of now; that of a file that cannot be asked is one of its own. */
  static FileState of(Path file) {
    try {
      var found = Files.readAttributes(file, BasicFileAttributes.class);
      return new FileState(
          file, found.lastModifiedTime(), found.size(), Optional.ofNullable(found.fileKey()));
    } catch (IOException gone) {
      return new FileState(file, FileTime.fromMillis(0), -1, Optional.empty());
    }
  }
}
