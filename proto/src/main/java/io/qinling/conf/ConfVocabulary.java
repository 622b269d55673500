// SPDX-License-Identifier: Apache-2.0
package io.qinling.conf;

import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every section and option of {@code qinling.conf} that Qinling knows, read from the resource
 * {@value #RESOURCE}, which is itself such a file: {@code option = mark}. The marks:
 *
 * <ul>
 *   <li>{@code used}, {@code used list} (comma-separated) or {@code used multi} (the option may be
 *       repeated, each a value)
 *   <li>{@code upstream}: only upstream Qinling or its libraries needed it; accepted without a word
 *   <li>{@code removed WHAT TO DO INSTEAD}
 * </ul>
 *
 * The option {@code *} stands for all others of its section, and {@code [name.*]} for all sections
 * of the name before the dot. Sections that are not listed are none of our business.
 */
public final class ConfVocabulary {
  static final String RESOURCE = "qinling-conf-vocabulary.txt";

  private static final String ANY = "*";

  private final Map<String, Map<String, Term>> sections = new HashMap<>();

  ConfVocabulary(List<Setting> terms) {
    for (Setting term : terms) {
      sections
          .computeIfAbsent(term.section(), section -> new HashMap<>())
          .put(term.key(), Term.parse(term));
    }
  }

  /** Reads the vocabulary that is part of this release. */
  public static ConfVocabulary load() {
    try (InputStream in = ConfVocabulary.class.getResourceAsStream(RESOURCE)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new ConfVocabulary(ConfParser.parse(Path.of(RESOURCE), text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The settings that have no effect and should have one, in the order they were read. */
  public List<Finding> review(QinlingConf conf) {
    return conf.settings().stream().flatMap(this::review).toList();
  }

  private Stream<Finding> review(Setting setting) {
    if (isForeign(setting)) {
      return Stream.empty();
    }
    Optional<Term> term = term(setting);
    if (term.isEmpty()) {
      return Stream.of(Finding.of(Finding.Kind.UNKNOWN, setting, nearest(setting)));
    }
    return term
        .filter(known -> known.mark() == Mark.REMOVED)
        .map(known -> Finding.of(Finding.Kind.REMOVED, setting, known.hint()))
        .stream();
  }

  /**
   * For the tests of a service: what its configuration asks for although the vocabulary does not
   * say {@code used}, so that the file could never set it.
   *
   * @param mapping a {@code @ConfigMapping} interface with a prefix {@code qinling.<section>}
   * @return names of properties; empty is right
   */
  public List<String> missing(Class<?> mapping) {
    return ConfigMappings.getProperties(ConfigClass.configClass(mapping)).keySet().stream()
        .filter(property -> !isUsed(property))
        .sorted()
        .toList();
  }

  private boolean isUsed(String property) {
    return sections.entrySet().stream()
        .flatMap(section ->
            section.getValue().entrySet().stream()
                .filter(term -> term.getValue().mark() == Mark.USED)
                .map(term -> Setting.property(section.getKey(), term.getKey())))
        .anyMatch(property.replaceFirst("\\[\\*]$", "")::equals);
  }

  boolean isForeign(Setting setting) {
    return section(setting.section()).isEmpty();
  }

  Optional<Term> term(Setting setting) {
    Map<String, Term> section = section(setting.section());
    return Optional.ofNullable(section.getOrDefault(setting.key(), section.get(ANY)));
  }

  private Map<String, Term> section(String name) {
    Map<String, Term> named = sections.get(name);
    int dot = name.indexOf('.');
    if (named == null && dot > 0) {
      named = sections.get(name.substring(0, dot + 1) + ANY);
    }
    return named == null ? Map.of() : named;
  }

  private String nearest(Setting unknown) {
    var known =
        section(unknown.section()).entrySet().stream()
            .filter(term -> term.getValue().mark() != Mark.REMOVED)
            .map(Map.Entry::getKey);
    return EditDistance.nearest(unknown.key().toLowerCase(Locale.ROOT), known).orElse("");
  }

  enum Mark {
    USED,
    UPSTREAM,
    REMOVED
  }

  enum Shape {
    SINGLE,
    LIST,
    MULTI
  }

  /**
   * What is known of one option.
   *
   * @param shape how many values it holds, for {@link Mark#USED}
   * @param hint what to do instead, for {@link Mark#REMOVED}, else empty
   */
  record Term(Mark mark, Shape shape, String hint) {
    static Term parse(Setting setting) {
      String text = setting.value();
      return switch (text) {
        case "used" -> new Term(Mark.USED, Shape.SINGLE, "");
        case "used list" -> new Term(Mark.USED, Shape.LIST, "");
        case "used multi" -> new Term(Mark.USED, Shape.MULTI, "");
        case "upstream" -> new Term(Mark.UPSTREAM, Shape.SINGLE, "");
        case String removed when removed.startsWith("removed ") ->
            new Term(Mark.REMOVED, Shape.SINGLE, removed.substring("removed ".length()));
        default -> throw new IllegalArgumentException("not a mark: " + setting + " = " + text);
      };
    }
  }
}
