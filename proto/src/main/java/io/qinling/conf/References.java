// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Replaces {@code $name}, <code>${name}</code>, {@code $section.name} and <code>${section.name}
 * </code> by the values they name, as oslo.config does: a name without a section is looked up in
 * the section of the value, then in DEFAULT; <code>$$
 * </code> and {@code \$} give a dollar sign; a dollar sign before anything else stays.
 *
 * <p>Unlike oslo.config it knows no defaults: a name that no file sets is an error, even if the
 * option exists.
 */
final class References {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$(?:(\\$)|([_a-zA-Z][._a-zA-Z0-9]*)|\\{([_a-zA-Z][._a-zA-Z0-9]*)})");

  // Does not show the name: behind a dollar sign that nobody escaped it is a piece of a password.
  private static final String UNDEFINED =
      "refers with $ to an option that no file sets; write $$ for a dollar sign";

  private final QinlingConf conf;
  private final SequencedSet<String> beingExpanded = new LinkedHashSet<>();

  References(QinlingConf conf) {
    this.conf = conf;
  }

  String expand(Setting setting) {
    if (!beingExpanded.add(setting.label())) {
      String chain = beingExpanded.stream().collect(Collectors.joining(" -> "));
      throw error(setting, "refers to itself: " + chain + " -> " + setting.label());
    }
    String text = setting.value().replace("\\$", "$$");
    String expanded = REFERENCE.matcher(text).replaceAll(match -> replacement(setting, match));
    beingExpanded.removeLast();
    return expanded;
  }

  private String replacement(Setting setting, MatchResult match) {
    if (match.group(1) != null) {
      return Matcher.quoteReplacement("$");
    }
    String name = match.group(2) != null ? match.group(2) : match.group(3);
    Setting target = find(setting.section(), name).orElseThrow(() -> error(setting, UNDEFINED));
    return Matcher.quoteReplacement(expand(target));
  }

  private Optional<Setting> find(String section, String name) {
    int dot = name.indexOf('.');
    String named = dot < 0 ? section : name.substring(0, dot);
    String key = name.substring(dot + 1);
    return conf.last(Setting.property(named, key))
        .or(() -> conf.last(Setting.property(Setting.DEFAULT, name)));
  }

  private static ConfException error(Setting setting, String message) {
    return ConfException.at(setting.file(), setting.line(), setting.label() + " " + message);
  }
}
