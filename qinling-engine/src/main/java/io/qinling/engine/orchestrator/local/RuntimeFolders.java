// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.local;

import static java.nio.file.attribute.PosixFilePermissions.fromString;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Finds the runtime folder of an image. Workers run from a copy, since the original may lie where
 * their user ids may not look.
 */
final class RuntimeFolders {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MANIFEST = "runtime.json";

  private final Path originals;
  private final Path copies;
  private final Map<String, String> folderByImage;
  private final ConcurrentMap<String, RuntimeFolder> copied = new ConcurrentHashMap<>();

  RuntimeFolders(Path originals, Path copies, Map<String, String> folderByImage) {
    this.originals = originals;
    this.copies = copies;
    this.folderByImage = folderByImage;
  }

  /**
   * @throws QinlingException INVALID_INPUT when no runtime folder serves the image
   */
  RuntimeFolder forImage(String image) {
    var name = withoutTag(image);
    var folder = folderByImage.getOrDefault(name, name);
    if (folder.contains("/") || !isRuntime(originals.resolve(folder))) {
      throw new QinlingException(
          ErrorCode.INVALID_INPUT,
          "No local runtime serves the image " + image + "; add it to [local] images");
    }
    return copied.computeIfAbsent(folder, this::copy);
  }

  static boolean isRuntime(Path folder) {
    return Files.isRegularFile(folder.resolve(MANIFEST));
  }

  /** The name by which an image is looked up: {@code docker.io/a/b:1@sha256:..} is {@code a/b}. */
  static String withoutTag(String image) {
    var name = image.contains("@") ? image.substring(0, image.indexOf('@')) : image;
    int slash = name.lastIndexOf('/');
    int colon = name.indexOf(':', slash + 1);
    name = colon < 0 ? name : name.substring(0, colon);
    int first = name.indexOf('/');
    boolean registry = first > 0 && name.substring(0, first).matches(".*[.:].*|localhost");
    return registry ? name.substring(first + 1) : name;
  }

  private RuntimeFolder copy(String name) {
    var original = originals.resolve(name);
    var copy = copies.resolve(name);
    try (var files = Files.walk(original)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        var target = copy.resolve(original.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
          Files.setPosixFilePermissions(target, fromString("rwxr-xr-x"));
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
          Files.setPosixFilePermissions(target, fromString("rwxr-xr-x"));
        }
      }
      return read(name, copy);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static RuntimeFolder read(String name, Path folder) throws IOException {
    JsonNode manifest = JSON.readTree(folder.resolve(MANIFEST).toFile());
    var command = new ArrayList<String>();
    manifest.required("command").forEach(word -> command.add(word.asText()));
    return new RuntimeFolder(name, folder, command, manifest.required("memory_overhead").asLong());
  }
}
