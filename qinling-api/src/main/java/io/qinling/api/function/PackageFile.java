// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * An uploaded package that has been checked.
 *
 * @param file where it lies for the length of the request
 * @param md5 lower-case hexadecimal, which clients compare
 * @param sha256 lower-case hexadecimal, by which the engine keeps it
 */
record PackageFile(Path file, String md5, String sha256) {
  /**
   * Checks a package.
   *
   * @param expectedMd5 what the client says its checksum is
   * @throws io.qinling.error.QinlingException INVALID_INPUT when the checksum is another or it is
   *     no ZIP archive
   */
  static PackageFile check(Path file, Optional<String> expectedMd5) {
    try {
      return read(file, expectedMd5);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static PackageFile read(Path file, Optional<String> expectedMd5) throws IOException {
    var md5 = digest("MD5");
    var sha256 = digest("SHA-256");
    try (var content =
        new DigestInputStream(new DigestInputStream(Files.newInputStream(file), md5), sha256)) {
      content.transferTo(OutputStream.nullOutputStream());
    }
    var actualMd5 = HexFormat.of().formatHex(md5.digest());
    if (expectedMd5.filter(expected -> !expected.equals(actualMd5)).isPresent()) {
      throw FunctionFields.invalid("Package md5 mismatch.");
    }
    requireZip(file);
    return new PackageFile(file, actualMd5, HexFormat.of().formatHex(sha256.digest()));
  }

  private static void requireZip(Path file) throws IOException {
    try (var zip = new ZipFile(file.toFile())) {
      zip.size();
    } catch (ZipException notZip) {
      throw FunctionFields.invalid("Package is not a valid ZIP package.");
    }
  }

  /** A code object that names the package. */
  ObjectNode describe(ObjectNode code) {
    return code.put("source", CodeSource.PACKAGE.text()).put("md5sum", md5);
  }

  /** The same, as a file that goes when it is closed. */
  Temporary temporary() {
    return new Temporary(this);
  }

  /** A file of ours, unlike an upload, which the HTTP server removes. */
  record Temporary(PackageFile content) implements AutoCloseable {
    @Override
    public void close() {
      try {
        Files.deleteIfExists(content.file());
      } catch (IOException stays) {
        throw new UncheckedIOException(stays);
      }
    }
  }

  InputStream open() throws IOException {
    return Files.newInputStream(file);
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException impossible) {
      // Every Java platform has both: specification of java.security.MessageDigest.
      throw new IllegalStateException(impossible);
    }
  }
}
