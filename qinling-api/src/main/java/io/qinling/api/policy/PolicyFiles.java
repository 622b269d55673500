// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the files of the settings. What there is may change between two calls. */
record PolicyFiles(PolicySettings settings) {
  /** Of the first folder that has one; the former is the name that oslo.policy prefers today. */
  private static final List<String> USUAL_NAMES = List.of("policy.yaml", "policy.json");

  private static final List<String> USUAL_FOLDERS = List.of("policy.d");

  /** The files that there are, in the order of growing weight. */
  List<Path> present() {
    List<Path> files = new ArrayList<>();
    main().ifPresent(files::add);
    for (var folder : settings.folders().orElse(USUAL_FOLDERS)) {
      find(folder).filter(Files::isDirectory).ifPresent(found -> files.addAll(filesOf(found)));
    }
    return files;
  }

  /**
   * As the other, if what the operator named is among them.
   *
   * @throws PolicyException if it is not
   */
  List<Path> required() {
    settings.file().filter(name -> main().isEmpty()).ifPresent(this::refuse);
    return present();
  }

  private void refuse(String name) {
    throw new PolicyException(
        "[oslo_policy] policy_file = " + name + ": no such file in " + settings.searched(), null);
  }

  /** What the operator should know of the files themselves. */
  List<PolicyFinding> findings() {
    var missing =
        settings.folders().stream()
            .flatMap(List::stream)
            .filter(name -> find(name).filter(Files::isDirectory).isEmpty())
            .map(name ->
                "[oslo_policy] policy_dirs: " + name + " is no folder in " + settings.searched());
    return Stream.concat(missing, shadowed().stream())
        .map(text -> new PolicyFinding(false, text))
        .toList();
  }

  private Optional<String> shadowed() {
    return main()
        .filter(_ -> settings.file().isEmpty())
        .filter(main -> main.endsWith(USUAL_NAMES.getFirst()))
        .map(main -> main.resolveSibling(USUAL_NAMES.getLast()))
        .filter(Files::exists)
        .map(other ->
            other
                + " is not read, since "
                + USUAL_NAMES.getFirst()
                + " lies beside it; remove one");
  }

  private Optional<Path> main() {
    return settings.file().isPresent()
        ? find(settings.file().get())
        : settings.searched().stream()
            .flatMap(folder -> USUAL_NAMES.stream().map(folder::resolve))
            .filter(Files::exists)
            .findFirst();
  }

  /** An absolute name needs no folder. */
  private Optional<Path> find(String name) {
    return Path.of(name).isAbsolute()
        ? Optional.of(Path.of(name)).filter(Files::exists)
        : settings.searched().stream()
            .map(folder -> folder.resolve(name))
            .filter(Files::exists)
            .findFirst();
  }

  /**
   * As oslo.policy: whatever their names end with, sorted. Hidden files and the copies that editors
   * leave do not count. Of a folder that cannot be listed it is the folder, which cannot be read.
   */
  private static List<Path> filesOf(Path folder) {
    List<Path> files = new ArrayList<>();
    try (var found = Files.newDirectoryStream(folder)) {
      found.forEach(files::add);
    } catch (IOException | DirectoryIteratorException hidden) {
      return List.of(folder);
    }
    files.removeIf(file -> isLeftOver(file.getFileName().toString()));
    files.removeIf(file -> !Files.isRegularFile(file));
    files.sort(null);
    return files;
  }

  private static boolean isLeftOver(String name) {
    return name.startsWith(".") || name.endsWith("~");
  }
}
