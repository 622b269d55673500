// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qinling.api.identity.Caller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Takes packages from Swift when a function is made or changed. What is run is what was there then:
 * an execution needs no Swift.
 */
public final class SwiftPackages {
  /** What upstream takes; a package that is uploaded is limited by the engine. */
  private static final long LARGEST = 51L * 1024 * 1024;

  private final ObjectSource objects;
  private final Path folder;

  /**
   * @param folder for files while a request lasts
   */
  public SwiftPackages(ObjectSource objects, Path folder) {
    this.objects = objects;
    this.folder = folder;
  }

  /**
   * Fetches the object that the code names.
   *
   * @return a file that is the caller's to delete
   * @throws io.qinling.error.QinlingException INVALID_INPUT when it is not named, not there, too
   *     large or not a package
   */
  PackageFile fetch(Caller caller, ObjectNode code) {
    var container = name(code, "container");
    var object = name(code, "object");
    if (caller.token().isEmpty()) {
      throw FunctionFields.invalid("Swift object not supported.");
    }
    try (var content = objects.open(caller, container, object)) {
      var file = Files.createTempFile(folder, "swift", ".zip");
      try (var target = Files.newOutputStream(file)) {
        copy(content, target);
        return PackageFile.check(file, Optional.empty());
      } catch (IOException | RuntimeException failed) {
        Files.deleteIfExists(file);
        throw failed;
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void copy(java.io.InputStream content, java.io.OutputStream target)
      throws IOException {
    var buffer = new byte[64 * 1024];
    long size = 0;
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      size += count;
      if (size > LARGEST) {
        throw FunctionFields.invalid("Swift object is larger than " + LARGEST + " bytes.");
      }
      target.write(buffer, 0, count);
    }
  }

  private static String name(ObjectNode code, String field) {
    var value = code.path("swift").path(field);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw FunctionFields.invalid("Both container and object must be provided for swift type.");
    }
    return value.textValue();
  }
}
