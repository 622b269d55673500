// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folders that hold configuration files, in oslo.config's order: {@code ~/.qinling}, {@code ~},
 * {@code /etc/qinling}, {@code /etc}.
 *
 * @param home the user's home folder
 * @param etc {@code /etc}, except in tests
 */
record ConfFolders(Path home, Path etc) {
  private static final String PROJECT = "qinling";

  static ConfFolders ofSystem(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", "/"));
    return new ConfFolders(Path.of(home), Path.of("/etc"));
  }

  /**
   * What a program reads when it is not told: {@code qinling.conf} and {@code <program>.conf}, then
   * the files of {@code qinling.conf.d} and {@code <program>.conf.d}, each taken from the first
   * folder that has it.
   */
  List<Path> defaults(String program) {
    List<Path> files = new ArrayList<>();
    for (String name : List.of(PROJECT, program)) {
      first(name + ".conf").forEach(files::add);
    }
    for (String name : List.of(PROJECT, program)) {
      first(name + ".conf.d").forEach(folder -> files.addAll(filesOf(folder)));
    }
    return files;
  }

  private Stream<Path> first(String name) {
    return Stream.of(home.resolve("." + PROJECT), home, etc.resolve(PROJECT), etc)
        .map(folder -> folder.resolve(name))
        .filter(Files::exists)
        .limit(1);
  }

  /**
   * A path as an operator writes it: {@code ~} is the home folder, anything relative starts at the
   * working folder.
   */
  Path path(String written) {
    Path path =
        written.equals("~") || written.startsWith("~/")
            ? home.resolve(written.substring(Math.min(2, written.length())))
            : Path.of(written);
    return path.toAbsolutePath().normalize();
  }

  /**
   * The {@code *.conf} files of a folder, sorted by name; hidden files are left out, as a shell
   * would.
   *
   * @throws ConfException if there is no such folder or it cannot be listed
   */
  static List<Path> filesOf(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ConfException(folder + ": no such configuration folder");
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "[!.]*.conf")) {
      found.forEach(files::add);
    } catch (IOException | DirectoryIteratorException e) {
      throw new ConfException(folder + ": cannot be listed (" + e + ")", e);
    }
    files.sort(null);
    return files;
  }
}
