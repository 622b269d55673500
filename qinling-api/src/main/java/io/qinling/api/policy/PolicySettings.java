// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where an operator's rules are.
 *
 * @param file the file of rules, which must be there; empty takes {@code policy.yaml} or {@code
 *     policy.json} if there is one
 * @param folders of further files, each overriding what was read before; empty takes {@code
 *     policy.d} if there is one
 * @param defaultRule name of the rule that stands in for those that exist nowhere
 * @param searched where relative names are looked up, in this order
 */
public record PolicySettings(
    Optional<String> file,
    Optional<List<String>> folders,
    String defaultRule,
    List<Path> searched) {
  /** The folder that is searched after those of the configuration files. */
  private static final Path LAST = Path.of("/etc/qinling");

  public PolicySettings {
    folders = folders.map(List::copyOf);
    searched = List.copyOf(searched);
  }

  /**
   * The folders of configuration files, those of later files first, as these weigh more.
   *
   * @param configurationFiles absolute, in the order of growing weight
   */
  public static List<Path> searchedFor(List<Path> configurationFiles) {
    var folders = configurationFiles.reversed().stream().map(Path::getParent);
    return Stream.concat(folders, Stream.of(LAST)).distinct().toList();
  }
}
