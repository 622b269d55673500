// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import io.qinling.api.policy.language.Parsed;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.nodes.NodeTuple;

/**
 * The rules of one file by name, and what is to be said of them.
 *
 * @param rules the last one of each name
 */
record PolicyFile(Map<String, RuleDefinition> rules, List<PolicyFinding> findings) {
  /**
   * Reads a file as UTF-8.
   *
   * @throws PolicyException if it cannot be read, or is no mapping of names to rules
   */
  static PolicyFile read(Path file) {
    return parse(file, text(file));
  }

  static PolicyFile parse(Path file, String text) {
    var yaml = new YamlText(file, text);
    Map<String, RuleDefinition> rules = new LinkedHashMap<>();
    List<PolicyFinding> findings = new ArrayList<>();
    for (NodeTuple entry : yaml.entries()) {
      Parsed value = yaml.rule(entry.getValueNode());
      var rule =
          new RuleDefinition(
              yaml.name(entry.getKeyNode()),
              file + ":" + YamlText.line(entry.getKeyNode().getStartMark()),
              value.expression());
      value.errors().forEach(error -> findings.add(PolicyFinding.error(rule, error)));
      value.warnings().forEach(warning -> findings.add(PolicyFinding.warning(rule, warning)));
      var replaced = rules.put(rule.name(), rule);
      if (replaced != null) {
        findings.add(PolicyFinding.warning(rule, "replaces that of " + replaced.origin()));
      }
    }
    return new PolicyFile(rules, findings);
  }

  private static String text(Path file) {
    if (Files.isDirectory(file)) {
      throw new PolicyException(file + ": a folder, or one that cannot be listed", null);
    }
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new PolicyException(file + ": no such policy file", e);
    } catch (CharacterCodingException e) {
      throw new PolicyException(file + ": not UTF-8 text", e);
    } catch (IOException e) {
      throw new PolicyException(file + ": cannot be read (" + e + ")", e);
    }
  }
}
