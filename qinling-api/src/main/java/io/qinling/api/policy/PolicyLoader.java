// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.policy.language.Check;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes checks of the rules in the files and in the code. */
public final class PolicyLoader {
  private final PolicyFiles files;
  private final String defaultRule;

  public PolicyLoader(PolicySettings settings) {
    files = new PolicyFiles(settings);
    defaultRule = settings.defaultRule();
  }

  /** Differs from what it was before when the next {@link #load} may. */
  List<FileState> state() {
    return files.present().stream().map(FileState::of).toList();
  }

  /**
   * Reads all files.
   *
   * @throws PolicyException if one cannot be read, or the one that the operator named is missing
   */
  public Loaded load() {
    List<Path> read = files.required();
    List<PolicyFinding> findings = new ArrayList<>(files.findings());
    Map<String, RuleDefinition> written = new LinkedHashMap<>();
    for (Path path : read) {
      var file = PolicyFile.read(path);
      written.putAll(file.rules());
      findings.addAll(file.findings());
    }
    var table = new RuleTable(written, defaultRule);
    findings.addAll(new PolicyReview(written, table, defaultRule).findings().toList());
    return new Loaded(read, table.checks(), findings);
  }

  /**
   * Rules that are ready.
   *
   * @param files where they are from, besides the code
   */
  public record Loaded(
      List<Path> files, Map<PolicyRule, Check> checks, List<PolicyFinding> findings) {}
}
