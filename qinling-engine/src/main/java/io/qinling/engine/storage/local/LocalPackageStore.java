// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.storage.local;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.qinling.engine.storage.Digests;
import io.qinling.engine.storage.OwnPackages;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Packages as files {@code <folder>/<first two digits>/<digest>.zip}. A package is written beside
 * its place, synced and renamed, so that what is in place is whole and survives a loss of power.
 */
public final class LocalPackageStore implements OwnPackages {
  private static final String INCOMING = "incoming";
  private static final String ENDING = ".zip";

  private final Path folder;
  private final long maxBytes;

  /**
   * @param folder made when it does not exist; what an earlier process left unfinished in it is
   *     removed
   * @param maxBytes longest package that is accepted
   */
  public LocalPackageStore(Path folder, long maxBytes) throws IOException {
    this.folder = folder;
    this.maxBytes = maxBytes;
    Files.createDirectories(folder.resolve(INCOMING));
    try (var leftovers = Files.newDirectoryStream(folder.resolve(INCOMING))) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  @Override
  public Upload upload(String digest) throws IOException {
    return new FileUpload(Digests.require(digest));
  }

  @Override
  public Optional<StoredPackage> open(String digest) throws IOException {
    try {
      FileChannel file = FileChannel.open(place(Digests.require(digest)), READ);
      return Optional.of(new StoredPackage(file.size(), Channels.newInputStream(file)));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
  }

  @Override
  public void delete(String digest) throws IOException {
    Files.deleteIfExists(place(Digests.require(digest)));
  }

  @Override
  public Set<String> digests() throws IOException {
    try (var files = Files.find(folder, 2, (path, attributes) -> attributes.isRegularFile())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ENDING))
          .map(name -> name.substring(0, name.length() - ENDING.length()))
          .filter(Digests::isDigest)
          .collect(toUnmodifiableSet());
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  private Path place(String digest) {
    return folder.resolve(digest.substring(0, 2)).resolve(digest + ENDING);
  }

  private final class FileUpload implements Upload {
    private final String digest;
    private final Path temporary = folder.resolve(INCOMING).resolve(UUID.randomUUID().toString());
    private final FileChannel file = FileChannel.open(temporary, CREATE_NEW, WRITE);
    private final MessageDigest sha256 = Digests.sha256();
    private long size;

    FileUpload(String digest) throws IOException {
      this.digest = digest;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      size += bytes.length;
      if (size > maxBytes) {
        throw new QinlingException(
            ErrorCode.TOO_LARGE, "The package is larger than " + maxBytes + " bytes");
      }
      sha256.update(bytes);
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
    }

    @Override
    public long commit() throws IOException {
      var actual = HexFormat.of().formatHex(sha256.digest());
      if (!actual.equals(digest)) {
        throw new QinlingException(
            ErrorCode.INVALID_INPUT, "The package has the digest " + actual + ", not " + digest);
      }
      file.force(true);
      var place = place(digest);
      Files.createDirectories(place.getParent());
      Files.move(temporary, place, ATOMIC_MOVE);
      sync(place.getParent());
      sync(folder);
      return size;
    }

    /** A renamed file is found again after a loss of power only when its folder was synced too. */
    private static void sync(Path directory) throws IOException {
      try (var channel = FileChannel.open(directory, READ)) {
        channel.force(true);
      }
    }

    @Override
    public void close() throws IOException {
      try {
        file.close();
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
  }
}
